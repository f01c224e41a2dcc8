import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { decide } from "@thoth/access/decide";
import { type CuttingProxy, type NetworkFault, openCuttingProxy } from "@thoth/testing/cutting-proxy";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { courses, type HookStore, openHookStore } from "./fixtures/hook-store.ts";
import { openSecretSeal } from "./sealed-secret.ts";
import { openWebhookSender, type WebhookSender } from "./webhook-sender.ts";

const nothing: AuditTrail = {
  record: () => undefined,
  recorded: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

let hooks: HookStore;
/** The only one. */
let webhook: string;
let receiver: Server;
let proxy: CuttingProxy;
/** Ids of the messages that were received as a whole. */
let received: unknown[];
let time = Date.UTC(2026, 2, 18, 9);

beforeAll(async () => {
  hooks = await openHookStore(() => time);
});
afterAll(() => hooks[Symbol.asyncDispose]());

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
  webhook = (await hooks.add({ url: `http://127.0.0.1:${proxy.port}/hook` })).id;
});
afterEach(async () => {
  await hooks.removeAll();
  await proxy[Symbol.asyncDispose]();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function openSender(timeoutMs: number): Promise<WebhookSender> {
  const seal = await openSecretSeal(hooks.home);
  return openWebhookSender({
    store: hooks.store,
    modelOf: () => courses,
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

async function standing() {
  const [one] = await hooks.store.list();
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
  await hooks.publish();
  proxy.set(fault, afterBytes);
  await cut.look();
  expect(await standing()).toEqual({ delivered: 0, waiting: 1, dead: [] });
  expect((await hooks.store.list())[0]?.problem).toEqual(expect.stringMatching(problem));
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
  await hooks.publish();
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
  await hooks.publish();
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
  expect(await hooks.store.retry(webhook)).toBe(1);
  await whole.look();
  expect(await standing()).toEqual({ delivered: 1, waiting: 0, dead: [] });
  expect(new Set(received).size).toBe(1);
});
