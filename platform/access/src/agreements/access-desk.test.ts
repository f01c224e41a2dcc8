import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ControlPlane, openControl } from "@thoth/control/open-control";
import { seedControlStore } from "@thoth/testing/control-store";
import { startPostgres } from "@thoth/testing/postgres";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openAccessBook } from "../access-book.ts";
import { accessFiles } from "../access-files.ts";
import type { AuditEntry } from "../audit/audit-entry.ts";
import { openAuthentication } from "../authenticate.ts";
import { decideFrom } from "../decide-from.ts";
import { enrolments, now, purposes, ada as reader } from "../fixtures/enrolments.ts";
import { lastingKey } from "../fixtures/own-authentication.ts";
import { openTrustedIssuers } from "../issuers/trusted-issuers.ts";
import { tokenKeyOf } from "../signing-key.ts";
import { type AccessCall, isAccessCall } from "./access-call.ts";
import { type AccessDeskParts, answerAccess } from "./access-desk.ts";
import type { Actor } from "./agreement-rules.ts";
import { keepProjected } from "./keep-projected.ts";
import { projectAccess } from "./project-access.ts";
import { ProjectedFiles } from "./projected-files.ts";

let home: TempDir;
let control: ControlPlane;
beforeAll(async () => {
  home = await tempDir();
  await seedControlStore(join(home.path, "control"));
  control = await openControl({ dataDir: join(home.path, "control") });
});
afterAll(async () => {
  await control[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const person = (name: string): Actor => ({ name, kind: "person", roles: [], authenticated: "account" });
const rules = async () => ({
  products: [{ model: enrolments, owner: "owner", stewards: ["steward"] }],
  purposes,
  council: undefined,
});

function desk(changes: Partial<AccessDeskParts> = {}) {
  const audited: AuditEntry[] = [];
  let at = now;
  const parts: AccessDeskParts = {
    control,
    projection: new ProjectedFiles(changes.control ?? control, home.path),
    clock: () => at,
    rules,
    audit: (entry) => void audited.push(entry),
    ...changes,
  };
  return {
    audited,
    wait: (ms: number) => {
      at += ms;
    },
    clock: () => at,
    // Every call travels between processes.
    ask: <Call extends AccessCall>(call: Call) => {
      const sent: unknown = JSON.parse(JSON.stringify(call));
      if (!isAccessCall(sent)) throw new Error("this is no call");
      return answerAccess(sent as Call, parts);
    },
  };
}

const request = (consumer: string) => ({
  ...{ consumer, product: "school/enrolments", purpose: "research", role: "researcher" },
  ...{ columns: ["person", "grade"], rows: {}, reason: "A study" },
});

const open = (clock: () => number) =>
  openAccessBook({
    home: home.path,
    clock,
    onTrouble: (failure) => {
      throw failure;
    },
  });

test("from asking to reading to the end of it", async () => {
  const { ask, audited, wait, clock } = desk();
  await projectAccess(control, home.path);
  using book = open(clock);
  const decide = decideFrom({ book, purposes, clock });
  const reads = () => {
    book.look();
    return decide(reader, enrolments, "research").columns.grade;
  };
  const { id } = await ask({ do: "request", actor: person("ada"), request: request("ada") });
  expect(reads()).toBe("denied");
  wait(1000);
  await ask({ do: "grant", actor: person("steward"), id });
  expect(reads()).toBe("clear");
  wait(1000);
  const ended = await ask({ do: "revoke", actor: person("ada"), id, reason: "Done" });
  expect(ended.status).toBe("revoked");
  expect(reads()).toBe("denied");
  const { agreement, history } = await ask({ do: "show", id });
  expect(agreement).toEqual(ended);
  expect(history).toEqual([
    { action: "requested", actor: "ada", reason: "A study", at: now },
    { action: "granted", actor: "steward", reason: "", at: now + 1000 },
    { action: "revoked", actor: "ada", reason: "Done", at: now + 2000 },
  ]);
  const about = { subject: id, product: "school/enrolments", purpose: "research" };
  expect(audited).toMatchObject([
    { event: "agreement-requested", actor: person("ada"), at: now, ...about },
    { event: "agreement-granted", actor: person("steward"), at: now + 1000, ...about },
    { event: "agreement-revoked", actor: person("ada"), at: now + 2000, ...about },
  ]);
  expect(await ask({ do: "list" })).toContainEqual(ended);
});

test("what cannot be audited does not happen, and what is refused leaves a trace and nothing else", async () => {
  const { ask, audited } = desk();
  const open = await ask({ do: "request", actor: person("ada"), request: request("cyd") });
  const before = await readFile(accessFiles(home.path).agreements, "utf8");
  audited.length = 0;
  const known = await ask({ do: "list" });
  const mute = desk({ audit: () => Promise.reject(new Error("the disk is full")) });
  const unheard = mute.ask({ do: "request", actor: person("bea"), request: request("bea") });
  await expect(unheard).rejects.toThrow("the disk is full");
  await expect(mute.ask({ do: "key-add", actor: person("op"), terms: terms("mute") })).rejects.toThrow(
    "the disk is full",
  );
  for (const call of [
    { do: "revoke", actor: person("bea"), id: open.id, reason: "x" },
    { do: "grant", actor: person("bea"), id: "ag_0000000000" },
    { do: "request", actor: person("bea"), request: { ...request("bea"), role: "admin" } },
  ] as const)
    await expect(ask(call)).rejects.toMatchObject({ code: expect.stringMatching(/^access\/agreement-/) });
  expect(await ask({ do: "list" })).toEqual(known);
  expect(await ask({ do: "key-list" })).toEqual([]);
  const refusal = { event: "refusal", actor: person("bea"), port: "cli", at: now };
  expect(audited).toMatchObject([
    { ...refusal, code: "access/agreement-not-yours" },
    { ...refusal, code: "access/agreement-unknown" },
    { ...refusal, code: "access/agreement-role-unknown" },
  ]);
  expect(await readFile(accessFiles(home.path).agreements, "utf8")).toBe(before);
});

test("a change that cannot be put in force leaves nobody who is allowed something, until it can be", async () => {
  const { ask } = desk();
  const { id } = await ask({ do: "request", actor: person("ada"), request: request("dee") });
  await ask({ do: "grant", actor: person("steward"), id });
  const { agreements: file } = accessFiles(home.path);
  const inForce = async () =>
    JSON.parse(await readFile(file, "utf8")).agreements.find((one: { id: string }) => one.id === id).status;
  expect(await inForce()).toBe("granted");
  // A folder in the place of the keys' file: a superuser could write into one that is read-only.
  const { keys } = accessFiles(home.path);
  const block = async () => {
    await rm(keys);
    await mkdir(join(keys, "in the way"), { recursive: true });
  };
  await block();
  const failing = ask({ do: "revoke", actor: person("ada"), id, reason: "Done" });
  await expect(failing).rejects.toMatchObject({ code: "access/change-not-in-force" });
  for (const each of [file, keys]) await expect(readFile(each)).rejects.toThrow("ENOENT");
  await using projection = await keepProjected({
    control,
    home: home.path,
    onTrouble: (failure) => expect.fail(String(failure)),
  });
  expect(await inForce()).toBe("revoked");
  // And while it runs, without anybody asking again.
  await block();
  const again = desk({ projection }).ask({ do: "request", actor: person("ada"), request: request("eve") });
  await expect(again).rejects.toMatchObject({ code: "access/change-not-in-force" });
  await vi.waitFor(async () => expect(await readFile(file, "utf8")).toContain('"eve"'), {
    timeout: 300_000,
    interval: 50,
  });
});

const terms = (name: string) => ({ name, roles: [], attributes: {}, limits: {}, until: null });

test("a key is good from when it is made until it is revoked, and its replacement beside it for a while", async () => {
  const { ask, audited, wait, clock } = desk();
  using book = open(clock);
  const issuers = openTrustedIssuers([], { clock, onTrouble: () => undefined });
  const authenticate = openAuthentication({ tokenKey: lastingKey(tokenKeyOf("07".repeat(32))), book, issuers, clock });
  const good = async (text: string) => {
    book.look();
    return authenticate(text).then(
      ({ name }) => name,
      ({ code }) => code,
    );
  };
  const actor = person("operator");
  const first = await ask({ do: "key-add", actor, terms: terms("robot") });
  expect(await good(first.text)).toBe("service:robot");
  expect(await authenticate(first.text)).toBe(await authenticate(first.text));
  const second = await ask({ do: "key-rotate", actor, id: first.key.id, graceMs: 60_000 });
  expect([await good(first.text), await good(second.text)]).toEqual(["service:robot", "service:robot"]);
  await expect(ask({ do: "key-rotate", actor, id: first.key.id, graceMs: 0 })).rejects.toMatchObject({
    code: "access/key-over",
    message: expect.stringContaining("has been replaced"),
    hint: expect.stringContaining(second.key.id),
  });
  wait(60_000);
  expect([await good(first.text), await good(second.text)]).toEqual(["access/token-revoked", "service:robot"]);
  await ask({ do: "key-revoke", actor, id: second.key.id, reason: "In a log" });
  expect(await good(second.text)).toBe("access/token-revoked");
  wait(1000);
  const again = ask({ do: "key-revoke", actor, id: second.key.id, reason: "Again" });
  await expect(again).rejects.toMatchObject({
    code: "access/key-over",
    message: expect.stringContaining("revoked already"),
  });
  const listed = (await ask({ do: "key-list" })).find(({ id }) => id === second.key.id);
  expect(listed).toMatchObject({ revokedAt: now + 60_000, madeBy: "operator" });
  await expect(ask({ do: "key-revoke", actor, id: "0000000000", reason: "" })).rejects.toMatchObject({
    code: "access/key-unknown",
  });
  const [made, replaced] = ["key-issued", "key-rotated"];
  const refused = ["refusal", "key-revoked", "refusal", "refusal"];
  expect(audited.map(({ event }) => event)).toEqual([made, made, replaced, ...refused]);
  expect(audited.slice(0, 3)).toMatchObject([first, second, first].map(({ key }) => ({ subject: key.id })));
  const kept = `${JSON.stringify(await ask({ do: "key-list" }))}${JSON.stringify(audited)}${await readFile(accessFiles(home.path).keys, "utf8")}`;
  for (const { text } of [first, second]) expect(kept).not.toContain(text.slice(14));
});

test("who made a machine's key does not grant what the machine reads, also not by the key", async () => {
  const { ask } = desk();
  const { key } = await ask({ do: "key-add", actor: person("steward"), terms: terms("reporter") });
  const machine: Actor = { name: "service:reporter", kind: "service", roles: [], authenticated: "service-key" };
  const { id } = await ask({ do: "request", actor: machine, request: request("service:reporter") });
  for (const [actor, code] of [
    [machine, "access/agreement-own"],
    [person("steward"), "access/agreement-own"],
    [person("Steward"), "access/agreement-own"],
  ] as const)
    await expect(ask({ do: "grant", actor, id })).rejects.toMatchObject({ code });
  await ask({ do: "revoke", actor: machine, id, reason: "Asked anew" });
  // A key that somebody else made in its place, while the first one is good no more.
  await ask({ do: "key-rotate", actor: person("operator"), id: key.id, graceMs: 0 });
  const { id: second } = await ask({ do: "request", actor: machine, request: request("service:reporter") });
  expect((await ask({ do: "grant", actor: person("steward"), id: second })).status).toBe("granted");
});

test.each([
  [{ ...terms("Robot") }],
  [{ ...terms("") }],
  [{ ...terms("service:robot") }],
  [{ ...terms("a".repeat(61)) }],
  [{ ...terms("robot"), until: now }],
])("no key is made of %o", async (wrong) => {
  const added = desk().ask({ do: "key-add", actor: person("operator"), terms: wrong });
  await expect(added).rejects.toMatchObject({ code: "access/key-terms" });
});

test.each([
  [undefined],
  [[]],
  [{ do: "delete", id: "ag_1" }],
  [{ do: "grant", id: "ag_1" }],
  [{ do: "grant", id: 1, actor: person("a") }],
  [{ do: "revoke", id: "ag_1", actor: person("a") }],
  [{ do: "grant", id: "ag_1", actor: { name: "a", kind: "person", authenticated: "token" } }],
  [{ do: "request", actor: person("a"), request: { ...request("a"), rows: [] } }],
  [{ do: "request", actor: person("a"), request: { ...request("a"), columns: "all" } }],
  [{ do: "request", actor: person("a"), request: { ...request("a"), until: "never" } }],
  [{ do: "key-add", actor: person("a"), terms: { ...terms("x"), limits: { products: "all" } } }],
  [{ do: "key-rotate", actor: person("a"), id: "x", graceMs: null }],
])("%o is no call", (value) => {
  expect(isAccessCall(value)).toBe(false);
});

test("on a server that several homes share, what one changes counts in the other within a second", async () => {
  await using postgres = await startPostgres();
  await using elsewhere = await tempDir();
  await using one = await openControl({ url: postgres.url });
  await using other = await openControl({ url: postgres.url });
  const onTrouble = (failure: unknown) => {
    throw failure;
  };
  await using _ = await keepProjected({ control: other, home: elsewhere.path, onTrouble });
  using book = openAccessBook({ home: elsewhere.path, clock: Date.now, onTrouble });
  const { ask } = desk({ control: one });
  const { id } = await ask({ do: "request", actor: person("ada"), request: request("ada") });
  for (const [call, count] of [
    [{ do: "grant", actor: person("steward"), id }, 1],
    [{ do: "revoke", actor: person("steward"), id, reason: "Over" }, 0],
  ] as const) {
    await ask(call);
    const changedAt = Date.now();
    await expect.poll(() => book.agreementsFor(reader, "school/enrolments").length, { interval: 20 }).toBe(count);
    // The promise is a second; the machine of a test may be busy.
    expect(Date.now() - changedAt).toBeLessThan(20_000);
  }
});
