import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { decide } from "@thoth/access/decide";
import type { ProductModel } from "@thoth/contract/product-model";
import { type ControlPlane, openControl } from "@thoth/control/open-control";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { openWebhookStore, type WebhookStore } from "@thoth/control/webhook-store";
import { timeOrderedId } from "@thoth/kernel/ids";
import { seedControlStore } from "@thoth/testing/control-store";
import { type CuttingProxy, type NetworkFault, openCuttingProxy } from "@thoth/testing/cutting-proxy";
import { smallContracts } from "@thoth/testing/small-contract";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openSecretSeal } from "./sealed-secret.ts";
import { openWebhookSender, type WebhookSender } from "./webhook-sender.ts";
import { newWebhookSecret } from "./webhook-signature.ts";

const [courses] = smallContracts([
  { id: "campus/courses", object: "course", key: ["code"], columns: { code: "string" } },
]);
const model = courses?.model as ProductModel;
const nothing: AuditTrail = {
  record: () => undefined,
  recorded: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

let home: TempDir;
let control: ControlPlane;
let store: WebhookStore;
let receiver: Server;
let proxy: CuttingProxy;
/** Ids of the messages that were received as a whole. */
let received: unknown[];
let time = Date.UTC(2026, 2, 18, 9);
let made = 0;

beforeAll(async () => {
  home = await tempDir();
  await seedControlStore(join(home.path, "control"));
  control = await openControl({ dataDir: join(home.path, "control") });
  store = openWebhookStore(control, () => time);
});
afterAll(async () => {
  await control[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

beforeEach(async () => {
  received = [];
  receiver = createServer((request, response) => {
    request.resume().once("end", () => {
      received.push(request.headers["webhook-id"]);
      response.writeHead(200).end("x".repeat(1_000_000));
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  proxy = await openCuttingProxy((receiver.address() as AddressInfo).port);
  await addWebhook(`http://127.0.0.1:${proxy.port}/hook`);
});
afterEach(async () => {
  for (const { id } of await store.list()) await store.remove(id);
  await proxy[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function addWebhook(url: string): Promise<void> {
  const sealedSecret = (await openSecretSeal(home.path)).seal(newWebhookSecret());
  const terms = { domain: "campus", product: "courses", consumer: "ada", createdBy: "local:ada", createdAt: time };
  await store.add({ id: `wh_${++made}`, ...terms, url, allowPrivate: true, purpose: null, sealedSecret });
}

async function openSender(timeoutMs: number): Promise<WebhookSender> {
  const seal = await openSecretSeal(home.path);
  return openWebhookSender({
    store,
    modelOf: () => model,
    decide: (principal, product) => ({ ...decide(principal, product), readable: true }),
    book: { servicesNamed: () => [] },
    openSecret: (sealed) => seal.open(sealed),
    audit: nothing,
    clock: () => time,
    random: () => 0.5,
    everyMs: 1_000_000,
    timeoutMs,
    log: { info: () => undefined, error: () => undefined },
  });
}

async function publish(): Promise<void> {
  const [id, terms] = [timeOrderedId(time), { contractVersion: "1.0.0", rowCount: 4, sizeBytes: 10, runId: "run" }];
  const snapshot = { id, domain: "campus", product: "courses", ...terms, publishedAt: time, watermark: null };
  await openSnapshotPointers(control, () => time).publish(snapshot);
}

async function standing() {
  const [one] = await store.list();
  return one && { delivered: one.delivered, waiting: one.waiting, dead: one.dead.map(({ problem }) => problem) };
}

/** What is silent is waited for in vain, however long that is. */
const hastyMs = 300;
const patientMs = 600_000;
const late = `no answer within ${hastyMs} ms`;
const broken = /socket hang up|ECONNRESET|EPIPE|other side closed/;

/** With the bytes of answers behind which it begins, how long is waited for an answer, and what is said of it. */
const faults: [NetworkFault, number, number, string | RegExp][] = [
  [{ kind: "stall" }, 0, hastyMs, late],
  [{ kind: "stall", only: "answers" }, 0, hastyMs, late],
  [{ kind: "stall", only: "answers" }, 20, hastyMs, late],
  [{ kind: "slow", bytesPerSecond: 10 }, 0, hastyMs, late],
  [{ kind: "reset" }, 0, patientMs, broken],
  [{ kind: "end" }, 0, patientMs, broken],
  [{ kind: "half-close" }, 0, patientMs, broken],
  [{ kind: "end" }, 20, patientMs, broken],
  [{ kind: "half-close" }, 20, patientMs, broken],
];

test.each(faults)("a receiver behind %o after %d bytes is told again, under the same id", async (...given) => {
  const [fault, afterBytes, timeoutMs, problem] = given;
  await using cut = await openSender(timeoutMs);
  await using whole = await openSender(patientMs);
  await publish();
  proxy.set(fault, afterBytes);
  await cut.look();
  expect(await standing()).toEqual({ delivered: 0, waiting: 1, dead: [] });
  expect((await store.list())[0]?.problem).toEqual(expect.stringMatching(problem));
  proxy.set({ kind: "pass" });
  time += 3_600_000;
  await whole.look();
  expect(await standing()).toEqual({ delivered: 1, waiting: 0, dead: [] });
  expect(received.length).toBeGreaterThan(0);
  // What was sent in vain may have been received as well, or be received now: a receiver knows it by its id.
  expect(new Set(received).size).toBe(1);
  time += 3_600_000;
  await whole.look();
  expect(await standing()).toEqual({ delivered: 1, waiting: 0, dead: [] });
});

test("an answer whose end is cut off, or never comes, is one: nothing but its status counts", async () => {
  await using sender = await openSender(patientMs);
  await publish();
  proxy.set({ kind: "stall", only: "answers" }, 2_000);
  await sender.look();
  expect(await standing()).toEqual({ delivered: 1, waiting: 0, dead: [] });
});

test.each<[NetworkFault, number, string | RegExp]>([
  [{ kind: "stall" }, hastyMs, late],
  [{ kind: "reset" }, patientMs, broken],
])("a receiver that is behind %o for good is given up, and told on demand", async (fault, timeoutMs, problem) => {
  await using cut = await openSender(timeoutMs);
  await using whole = await openSender(patientMs);
  await publish();
  proxy.set(fault);
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    expect(await standing()).toMatchObject({ delivered: 0, dead: [] });
    await cut.look();
    time += 86_400_000;
  }
  const dead = [expect.stringMatching(problem)];
  expect(await standing()).toEqual({ delivered: 0, waiting: 0, dead });
  proxy.set({ kind: "pass" });
  await whole.look();
  expect(await standing()).toMatchObject({ delivered: 0, waiting: 0 });
  expect(await store.retry(`wh_${made}`)).toBe(1);
  await whole.look();
  expect(await standing()).toEqual({ delivered: 1, waiting: 0, dead: [] });
  expect(new Set(received).size).toBe(1);
});
