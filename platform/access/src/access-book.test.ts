import { spawn } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AccessBook, openAccessBook } from "./access-book.ts";
import { accessFiles, writeAccessFiles } from "./access-files.ts";
import type { Agreement } from "./agreement.ts";
import { ada, agreement, now } from "./fixtures/enrolments.ts";
import { createServiceKey, type ServiceKeyTerms } from "./service-key.ts";

let home: TempDir;
let at: number;
let troubles: string[];
const books: AccessBook[] = [];
beforeEach(async () => {
  home = await tempDir();
  at = now;
  troubles = [];
});
afterEach(async () => {
  for (const book of books.splice(0)) book[Symbol.dispose]();
  await home[Symbol.asyncDispose]();
});

const never = 2 ** 31 - 1;

/** Looks only when it is asked, and so never at files that are half changed; but where it is to look by itself. */
function open(pollMs = never): AccessBook {
  const onTrouble = (failure: Error) => void troubles.push(failure.message);
  const book = openAccessBook({ home: home.path, clock: () => at, onTrouble, pollMs });
  books.push(book);
  return book;
}

const terms: ServiceKeyTerms = { name: "robot", roles: [], attributes: {}, limits: {}, until: null };
const product = "school/enrolments";

test("without files nobody is in it, and that is no trouble", () => {
  const book = open();
  expect(book.agreementsFor(ada, product)).toEqual([]);
  expect(book.findKey("mk_0000000000_x")).toBeUndefined();
  expect(troubles).toEqual([]);
});

test("finds what is granted to a name or to a role, for the product", async () => {
  const agreements = [
    agreement({ id: "mine" }),
    agreement({ id: "role", consumer: "role:staff" }),
    agreement({ id: "other role", consumer: "role:admin" }),
    agreement({ id: "named like a role", consumer: "staff" }),
    agreement({ id: "another", consumer: "bea" }),
    agreement({ id: "other product", product: "school/units" }),
    agreement({ id: "asked", status: "requested" }),
    agreement({ id: "ended", status: "revoked" }),
    agreement({ id: "over", until: now - 500 }),
  ];
  await writeAccessFiles(home.path, { agreements, keys: [] });
  const book = open();
  expect(book.agreementsFor(ada, product).map(({ id }) => id)).toEqual(["mine", "role", "over"]);
  expect(book.agreements()).toEqual(agreements);
});

test("what changes counts a quarter of a second later at most, and whoever listens hears of it", async () => {
  const book = open();
  const { version } = book;
  let heard = 0;
  const end = book.changed(() => void heard++);
  await writeAccessFiles(home.path, { agreements: [agreement()], keys: [] });
  at += 250;
  expect(book.agreementsFor(ada, product)).toHaveLength(1);
  expect([book.version, heard]).toEqual([version + 1, 1]);
  await writeAccessFiles(home.path, { agreements: [], keys: [] });
  book.look();
  expect(book.agreementsFor(ada, product)).toEqual([]);
  end();
  const heardThen = heard;
  await writeAccessFiles(home.path, { agreements: [agreement()], keys: [] });
  book.look();
  expect(heard).toBe(heardThen);
});

test("whoever only listens hears, too", async () => {
  const book = open(250);
  const heard = new Promise<void>((resolve) => void book.changed(resolve));
  await writeAccessFiles(home.path, { agreements: [agreement()], keys: [] });
  await heard;
  at += 1000;
  expect(book.agreements()).toHaveLength(1);
});

const listOf = (entry: unknown) => JSON.stringify({ formatVersion: 1, agreements: [entry], keys: [entry] });

/** Puts a file in the place of a folder, until it is written anew. */
async function shut(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await writeFile(folder, "");
}

test.each<[string, (file: string) => Promise<void>, RegExp]>([
  ["half a file", async (file) => writeFile(file, (await readFile(file, "utf8")).slice(0, -20)), /not JSON/],
  ["an empty file", (file) => writeFile(file, ""), /not JSON/],
  ["no file any more", (file) => rm(file), /not there any more/],
  ["a folder in its place", (file) => rm(file).then(() => mkdir(file)), /./],
  ["another format", (file) => writeFile(file, '{"formatVersion":2,"agreements":[],"keys":[]}'), /format/],
  ["a list", (file) => writeFile(file, "[]"), /format/],
  ["an entry that is null", (file) => writeFile(file, listOf(null)), /number 1 of its agreements is not whole/],
  ["an entry that is a list", (file) => writeFile(file, listOf([])), /is not whole/],
  ["an entry with parts missing", (file) => writeFile(file, listOf({ id: "1" })), /is not whole/],
  ["a link to itself", (file) => rm(file).then(() => symlink(file, file)), /cannot be looked at/],
  ["a folder that is none", (file) => shut(join(file, "..")), /not there any more|cannot be looked at/],
  ["null", (file) => writeFile(file, "null"), /format/],
  ["a file that others may write", (file) => chmod(file, 0o620), /others than its owner/],
])("%s allows nobody anything, says so once, and is over when it is written anew", async (_, damage, message) => {
  const { text, kept } = createServiceKey(terms, now);
  const state = { agreements: [agreement()], keys: [kept] };
  await writeAccessFiles(home.path, state);
  const book = open();
  const files = accessFiles(home.path);
  for (const file of [files.agreements, files.keys]) await damage(file);
  at += 1000;
  expect([book.agreementsFor(ada, product), book.findKey(text), book.scramVerifier("robot")]).toEqual([
    [],
    undefined,
    undefined,
  ]);
  book.look();
  expect(troubles).toHaveLength(2);
  expect(troubles[0]).toMatch(message);
  await rm(join(home.path, "access"), { recursive: true, force: true });
  await writeAccessFiles(home.path, state);
  at += 1000;
  expect([book.agreementsFor(ada, product), book.findKey(text)]).toEqual([[agreement()], kept]);
});

test.each<[string, object]>([
  ["columns that are not said", { columns: undefined }],
  ["columns that are one text", { columns: "grade" }],
  ["rows that are not said", { rows: undefined }],
  ["rows of one text", { rows: { unit: "A" } }],
  ["no end", { until: null }],
  ["an end that is text", { until: "2030" }],
  ["a reader that is no text", { consumer: { toString: "ada" } }],
])("an agreement with %s is none, and no other one of that file is", async (_, changes) => {
  const damaged = { ...agreement({ id: "other" }), ...changes } as unknown as Agreement;
  await writeAccessFiles(home.path, { agreements: [agreement(), damaged], keys: [] });
  expect(open().agreementsFor(ada, product)).toEqual([]);
  expect(troubles).toEqual([expect.stringMatching(/number 2 of its agreements is not whole/)]);
});

test.each<[string, object]>([
  ["an end that is not said", { until: undefined }],
  ["an end to come that is text", { revokedAt: "never" }],
  ["limits that are not said", { limits: undefined }],
  ["limits of one text", { limits: { products: "school/units" } }],
  ["no verifier", { scram: null }],
  ["roles that are one text", { roles: "admin" }],
])("a key with %s lets nobody in", async (_, changes) => {
  const { text, kept } = createServiceKey(terms, now);
  await writeAccessFiles(home.path, { agreements: [], keys: [{ ...kept, ...changes }] });
  expect(open().findKey(text)).toBeUndefined();
  expect(troubles).toEqual([expect.stringMatching(/number 1 of its keys is not whole/)]);
});

test("whoever fails at hearing of a change keeps others from nothing", async () => {
  await writeAccessFiles(home.path, { agreements: [agreement()], keys: [] });
  const book = open();
  let heard = 0;
  book.changed(() => {
    throw new Error("cannot hear");
  });
  book.changed(() => void heard++);
  await writeFile(accessFiles(home.path).agreements, listOf(null));
  book.look();
  expect([heard, book.agreementsFor(ada, product)]).toEqual([1, []]);
  expect(troubles).toEqual([expect.stringMatching(/not whole/), "cannot hear"]);
});

test("one damaged file leaves the other good", async () => {
  const { text, kept } = createServiceKey(terms, now);
  await writeAccessFiles(home.path, { agreements: [agreement()], keys: [kept] });
  await writeFile(accessFiles(home.path).agreements, "");
  const book = open();
  expect([book.agreements(), book.findKey(text)]).toEqual([[], kept]);
});

test("the files are this user's alone", async () => {
  await writeAccessFiles(home.path, { agreements: [], keys: [] });
  const files = accessFiles(home.path);
  expect((await stat(join(home.path, "access"))).mode & 0o777).toBe(0o700);
  for (const file of [files.agreements, files.keys]) expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test("a key that was made a moment ago is known at once", async () => {
  const book = open();
  const { text, kept } = createServiceKey(terms, now);
  await writeAccessFiles(home.path, { agreements: [], keys: [kept] });
  expect([book.findKey(text), book.scramVerifier("robot")?.keyId]).toEqual([kept, kept.id]);
  await writeAccessFiles(home.path, { agreements: [], keys: [] });
  expect(book.findKey(text)).toEqual(kept);
  at += 250;
  expect(book.findKey(text)).toBeUndefined();
});

test("logs in a machine by its name with its newest key, and with any good key by that key's id", async () => {
  const old = { ...createServiceKey(terms, now - 10).kept, until: now + 10, replacedBy: "x" };
  const fresh = createServiceKey(terms, now).kept;
  const over = { ...createServiceKey(terms, now + 5).kept, revokedAt: now };
  await writeAccessFiles(home.path, { agreements: [], keys: [fresh, old, over] });
  const book = open();
  const idOf = (user: string) => book.scramVerifier(user)?.keyId;
  expect(["robot", "service:robot", `mk_${fresh.id}`, `mk_${old.id}`].map(idOf)).toEqual([
    fresh.id,
    fresh.id,
    fresh.id,
    old.id,
  ]);
  expect([`mk_${over.id}`, "nobody", "", "mk_", "__proto__"].map(idOf)).toEqual(Array(5).fill(undefined));
  expect(book.scramVerifier("robot")).toMatchObject({ ...fresh.scram, principal: { name: "service:robot" } });
  at = now + 10;
  expect(idOf(`mk_${old.id}`)).toBeUndefined();
});

test("another process refuses a revoked key, and lets a new agreement in, within a second", async () => {
  const { text, kept } = createServiceKey(terms, 0);
  await writeAccessFiles(home.path, { agreements: [], keys: [kept] });
  const follower = join(import.meta.dirname, "fixtures", "book-follower.ts");
  const process_ = spawn(process.execPath, ["--conditions=thoth-source", follower, home.path, text], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value ?? "{}");
    expect(await next()).toMatchObject({ good: true, agreements: 0 });
    const changedAt = Date.now();
    await writeAccessFiles(home.path, { agreements: [agreement()], keys: [{ ...kept, revokedAt: changedAt }] });
    let seen = await next();
    while (seen.good || seen.agreements === 0) seen = await next();
    expect(seen).toMatchObject({ good: false, agreements: 1 });
    // The promise is a second; the machine of a test may be busy.
    expect(seen.at - changedAt).toBeLessThan(20_000);
  } finally {
    process_.kill();
  }
});
