import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuditEntry } from "@thoth/access/audit/audit-entry";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { decide as decideByContract } from "@thoth/access/decide";
import type { Principal } from "@thoth/access/decision";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type AddedWebhook, courses, type HookStore, openHookStore } from "./fixtures/hook-store.ts";
import { openSecretSeal } from "./sealed-secret.ts";
import { openWebhookSender, type WebhookSender } from "./webhook-sender.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let hooks: HookStore;
let receiver: Server;
let url: string;
let received: Received[];
/** What the receiver does with each message, in order; the last one goes on. */
let answers: ((respond: { status: (code: number, location?: string) => void }) => void)[];
let time = Date.UTC(2026, 2, 18, 9);
let audited: AuditEntry[];
let isReadable: boolean;
/** Machines as their keys let them ask. */
let services: Principal[];
let logged: string[];

beforeAll(async () => {
  hooks = await openHookStore(() => time);
});
afterAll(() => hooks[Symbol.asyncDispose]());

beforeEach(async () => {
  [received, answers, audited, logged, isReadable] = [[], [({ status }) => status(204)], [], [], true];
  services = [];
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      const act = answers.length > 1 ? answers.shift() : answers[0];
      act?.({ status: (code, location) => void response.writeHead(code, location ? { location } : {}).end("endless") });
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
});
afterEach(async () => {
  await hooks.removeAll();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const trail: AuditTrail = {
  record: (entry) => void audited.push(entry),
  recorded: async (entry) => void audited.push(entry),
  [Symbol.asyncDispose]: async () => undefined,
};
const log: ServerLog = { info: () => undefined, error: (message) => void logged.push(message) };

/** @param timeoutMs for an answer; as long as a busy machine may need unless given */
async function openSender(timeoutMs = 600_000): Promise<WebhookSender> {
  const seal = await openSecretSeal(hooks.home);
  return openWebhookSender({
    store: hooks.store,
    modelOf: (id) => (id === courses.id ? courses : undefined),
    decide: (principal, product) => {
      const decision = decideByContract(principal, product);
      return { ...decision, readable: decision.readable && isReadable };
    },
    book: { servicesNamed: (name) => services.filter((one) => one.name === name) },
    openSecret: (sealed) => seal.open(sealed),
    audit: trail,
    clock: () => time,
    random: () => 0.5,
    everyMs: 1_000_000,
    timeoutMs,
    log,
  });
}

/** @returns its secret */
async function addWebhook(more: Partial<AddedWebhook> = {}): Promise<string> {
  return (await hooks.add({ url, ...more })).secret;
}

async function standing() {
  const [one] = await hooks.store.list();
  return one && [one.delivered, one.waiting, one.dead.map(({ problem }) => problem), one.problem];
}

test("a publication is sent, signed as Standard Webhooks says, and written down", async () => {
  await hooks.publish();
  const secret = await addWebhook();
  await using sender = await openSender();
  await sender.look();
  expect(received).toEqual([]);
  const id = await hooks.publish();
  await sender.look();
  const [{ headers, body } = { headers: {}, body: "" }] = received;
  expect(JSON.parse(body)).toMatchObject({ id, type: "product.published", data: { rowCount: 4 } });
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const text = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  expect(headers["webhook-signature"]).toBe(`v1,${createHmac("sha256", key).update(text).digest("base64")}`);
  expect(headers["content-type"]).toContain("application/cloudevents+json");
  expect(await standing()).toEqual([1, 0, [], null]);
  expect(audited).toMatchObject([{ event: "read", port: "stream", product: "campus/courses", actor: { name: "ada" } }]);
  await sender.look();
  expect(received).toHaveLength(1);
});

test("the secret cannot be read from the control plane", async () => {
  const secret = await addWebhook();
  const dump = JSON.stringify(await hooks.control.query("select * from mesh.webhooks"));
  expect(dump).not.toContain(secret.slice("whsec_".length));
});

test("what fails is tried again, later and later, under the same id; then it is given up, and sent again on demand", async () => {
  const { id } = await hooks.add({ url });
  answers = [({ status }) => status(500)];
  await using sender = await openSender();
  await hooks.publish();
  const waits = [];
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    await sender.look();
    expect(received).toHaveLength(attempt);
    const [row] = await hooks.control.query<{ due_at: Date }>(
      "select due_at from mesh.webhook_deliveries where state = 'waiting'",
    );
    waits.push(row === undefined ? null : row.due_at.getTime() - time);
    // A moment before its time nothing is sent.
    time = (row?.due_at.getTime() ?? time) - 1;
    await sender.look();
    expect(received).toHaveLength(attempt);
    time += 1;
  }
  expect(waits).toEqual([5e3, 30e3, 12e4, 6e5, 18e5, 72e5, 288e5, 504e5, null]);
  expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(await standing()).toEqual([0, 0, ["it answered 500"], null]);
  expect(logged).toEqual(["a webhook was given up"]);
  answers = [({ status }) => status(200)];
  expect(await hooks.store.retry(id)).toBe(1);
  await sender.look();
  expect(await standing()).toEqual([1, 0, [], null]);
});

test("what a crash interrupts is made again", async () => {
  await addWebhook();
  await hooks.publish();
  await hooks.store.enqueue();
  // It was taken by a process that ended before it could note anything.
  expect(await hooks.store.claim(10, 30_000)).toHaveLength(1);
  await using sender = await openSender();
  await sender.look();
  expect(received).toEqual([]);
  time += 30_000;
  await sender.look();
  expect(received).toHaveLength(1);
});

test("redirects are not followed, and who does not answer is left", async () => {
  await addWebhook();
  await using patient = await openSender();
  await using hasty = await openSender(100);
  await hooks.publish();
  answers = [({ status }) => status(302, `${url}/elsewhere`)];
  await patient.look();
  expect((await standing())?.slice(1)).toEqual([1, [], "it answered 302, and redirects are not followed"]);
  expect(received).toHaveLength(1);
  time += 3_600_000;
  answers = [() => undefined];
  await hasty.look();
  expect((await standing())?.slice(1)).toEqual([1, [], "no answer within 100 ms"]);
  time += 3_600_000;
  answers = [({ status }) => status(410)];
  await patient.look();
  expect((await standing())?.slice(1)).toEqual([0, ["it answered 410: the address is gone"], null]);
});

test("each delivery asks anew whether its consumer may be told", async () => {
  await addWebhook();
  await using sender = await openSender();
  await hooks.publish();
  isReadable = false;
  await sender.look();
  expect(received).toEqual([]);
  expect(await standing()).toEqual([
    0,
    0,
    ["ada may not be told of it any more: no agreement of ada for campus/courses is in force"],
    null,
  ]);
  expect(audited).toMatchObject([{ outcome: "refused", code: "access/product-denied" }]);
});

const robot = (limits?: Principal["limits"]): Principal => ({
  ...{ name: "service:robot", kind: "service", roles: [], attributes: {} },
  ...(limits && { limits }),
});

test.each<[string, Principal[], string | undefined]>([
  ["none, or all were revoked", [], "service:robot has no service key that is good"],
  ["one without limits", [robot()], undefined],
  ["one limited to this product", [robot({ products: ["campus/courses"] })], undefined],
  ["one limited to another product", [robot({ products: ["campus/units"] })], "credential is limited to campus/units"],
  ["a wide and a narrow one", [robot(), robot({ products: [] })], "your credential is limited to"],
  ["one of another machine", [{ ...robot(), name: "service:other" }], "has no service key"],
])("a machine is told what each of its keys may read: %s", async (_keys, keys, problem) => {
  services = keys;
  await addWebhook({ consumer: "service:robot" });
  await using sender = await openSender();
  await hooks.publish();
  await sender.look();
  expect(received).toHaveLength(problem === undefined ? 1 : 0);
  expect((await standing())?.[2]).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
});

test("a machine whose key is revoked is told nothing from then on", async () => {
  services = [robot()];
  await addWebhook({ consumer: "service:robot" });
  await using sender = await openSender();
  await hooks.publish();
  await sender.look();
  services = [];
  await hooks.publish();
  await sender.look();
  expect(received).toHaveLength(1);
});

test("for a purpose nobody is told without an agreement", async () => {
  await addWebhook({ purpose: "teaching" });
  await using sender = await openSender();
  await hooks.publish();
  await sender.look();
  expect(received).toEqual([]);
  expect((await standing())?.[2]).toHaveLength(1);
});

test.each([
  ["a name that leads to this machine", "localhost", false],
  ["the address of this machine", "127.0.0.1", false],
])("%s is not told when that was not allowed", async (_, host, allowPrivate) => {
  await addWebhook({ url: url.replace("http:", "https:").replace("127.0.0.1", host), allowPrivate });
  await using sender = await openSender();
  await hooks.publish();
  await sender.look();
  expect((await standing())?.[2]).toEqual([expect.stringContaining("cannot be told of publications")]);
  expect(received).toEqual([]);
});
