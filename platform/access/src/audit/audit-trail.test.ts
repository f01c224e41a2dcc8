import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { ReadEntry } from "./audit-entry.ts";
import { type AuditTrailOptions, openAuditTrail } from "./audit-trail.ts";
import { retireSegments } from "./retire-segments.ts";
import { verifyAuditTrail } from "./verify-audit-trail.ts";

const now = Date.UTC(2026, 2, 18, 9);
const day = 86_400_000;
/** Behind all records and files, whatever the calendar of this machine says. */
const muchLater = () => Math.max(Date.now(), now) + day;
const homes: string[] = [];

afterEach(async () => {
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

async function newHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "audit-"));
  homes.push(home);
  return home;
}

function read(requestId: string, more: Partial<ReadEntry> = {}): ReadEntry {
  return {
    event: "read",
    at: now,
    actor: { name: "ada", kind: "person", roles: ["researcher"], authenticated: "token" },
    requestId,
    port: "graphql",
    product: "learning/units",
    version: "1.0.0",
    columns: ["code"],
    purpose: null,
    agreement: null,
    fingerprint: "f",
    rows: 3,
    snapshot: null,
    outcome: "allowed",
    code: null,
    ...more,
  };
}

function open(home: string, more: Partial<AuditTrailOptions> = {}) {
  return openAuditTrail({ home, clock: () => now, log: { error: () => undefined }, ...more });
}

/** Records 1 to 12 in segments of about four: it is opened, ten reads, it is closed. */
async function write(home: string, more: Partial<AuditTrailOptions> = {}): Promise<void> {
  await using trail = open(home, { segmentBytes: 1_500, ...more });
  const at = more.clock ?? (() => now);
  for (let number = 2; number <= 11; number += 1) await trail.recorded(read(`r${number}`, { at: at() }));
}

async function files(home: string): Promise<string[]> {
  return (await readdir(join(home, "audit"))).sort().map((name) => join(home, "audit", name));
}

async function records(home: string): Promise<Record<string, unknown>[]> {
  const texts = await Promise.all((await files(home)).filter(isSegment).map((file) => readFile(file, "utf8")));
  return texts
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const isSegment = (file: string) => file.endsWith(".ndjson");

async function editLines(file: string | undefined, edit: (lines: string[]) => string[]): Promise<void> {
  const lines = (await readFile(file ?? "", "utf8")).trimEnd().split("\n");
  await writeFile(
    file ?? "",
    edit(lines)
      .map((line) => `${line}\n`)
      .join(""),
  );
}

test("what was recorded is there in its order, and the trail is as it was written", async () => {
  const home = await newHome();
  await write(home);
  expect((await records(home)).map(({ sequence, event, request_id }) => [sequence, event, request_id])).toEqual([
    [1, "opened", undefined],
    ...Array.from({ length: 10 }, (_, index) => [index + 2, "read", `r${index + 2}`]),
    [12, "closed", undefined],
  ]);
  expect((await files(home)).length).toBeGreaterThan(2);
  expect(await verifyAuditTrail(home)).toEqual({ findings: [], chains: 1, records: 12 });
});

test("a process that records nothing leaves nothing", async () => {
  const home = await newHome();
  await open(home)[Symbol.asyncDispose]();
  expect(await readdir(home)).toEqual([]);
});

test("what nobody waits for is on disk soon, while the trail goes on", async () => {
  const home = await newHome();
  await using trail = open(home);
  trail.record(read("later"));
  // Within a second on a machine that has nothing else to do.
  await expect.poll(() => records(home).catch(() => []), { interval: 50 }).toHaveLength(2);
});

test("equal open reads of a busy moment are one record that says how many there were", async () => {
  const home = await newHome();
  const trail = open(home);
  for (let number = 0; number < 5_000; number += 1) trail.record(read(`r${number}`));
  await trail[Symbol.asyncDispose]();
  const reads = (await records(home)).filter(({ event }) => event === "read");
  expect(reads).toHaveLength(101);
  expect(reads.at(-1)).toMatchObject({ times: 4_900, rows: 14_700 });
});

const { actor } = read("");
const refusal = { event: "refusal", at: now, actor, port: "graphql", code: "access/token-invalid" } as const;

test("of equal refusals a hundred a minute are told one by one, and the rest in one record, however they come", async () => {
  const home = await newHome();
  const trail = open(home);
  for (let number = 0; number < 300; number += 1) await trail.recorded({ ...refusal, requestId: `r${number}` });
  await trail.recorded({ ...refusal, at: now + 60_000, requestId: "a minute later" });
  for (let number = 0; number < 10; number += 1)
    await trail.recorded({ ...refusal, port: "files", requestId: `f${number}` });
  await trail[Symbol.asyncDispose]();
  const refusals = (await records(home)).filter(({ event }) => event === "refusal");
  expect(refusals).toHaveLength(100 + 1 + 1 + 10);
  expect(refusals.filter(({ times }) => times !== undefined)).toMatchObject([{ request_id: "r299", times: 200 }]);
});

test("refusals of a product that come again and again are told so too, by who asked and for what", async () => {
  const home = await newHome();
  const trail = open(home);
  const denied = (who: string) => ({
    ...read("d"),
    actor: { ...actor, name: who },
    outcome: "refused" as const,
    code: "access/product-denied",
  });
  for (let number = 0; number < 150; number += 1) await trail.recorded(denied("ada"));
  await trail.recorded(denied("bob"));
  await trail[Symbol.asyncDispose]();
  const told = (await records(home)).filter(({ event }) => event === "read");
  expect(told).toHaveLength(102);
  expect(told.filter(({ times }) => times === 50)).toHaveLength(1);
});

type Tamper = (files: string[]) => Promise<unknown>;
const sealed = (line: string | undefined) => line ?? "";

test.each<[string, Tamper, string[]]>([
  [
    "a value in a record",
    ([, file]) => editLines(file, ([a, ...rest]) => [sealed(a).replace("ada", "bob"), ...rest]),
    ["changed .0002 1"],
  ],
  [
    "a seal",
    ([, file]) => editLines(file, ([a, ...rest]) => [sealed(a).replace(/"mac":"./, '"mac":"x'), ...rest]),
    ["changed .0002 1"],
  ],
  ["a record removed", ([, file]) => editLines(file, ([a, , ...rest]) => [sealed(a), ...rest]), ["removed .0002 2"]],
  [
    "two lines swapped",
    ([, file]) => editLines(file, ([a, b, ...rest]) => [sealed(b), sealed(a), ...rest]),
    ["reordered .0002 2"],
  ],
  [
    "a record copied",
    ([, file]) => editLines(file, ([a, ...rest]) => [sealed(a), ...rest, sealed(a)]),
    ["inserted .0002 5"],
  ],
  [
    "a line of somebody else",
    ([, file]) => editLines(file, ([a, ...rest]) => [sealed(a), '{"event":"read"}', ...rest]),
    ["inserted .0002 2"],
  ],
  ["an empty line", ([, file]) => editLines(file, (lines) => [...lines, ""]), ["inserted .0002 5"]],
  ["the first record removed", ([file]) => editLines(file, (lines) => lines.slice(1)), ["removed .0001 1"]],
  ["a segment in the middle removed", ([, file]) => rm(file ?? ""), ["segment-removed .0002", "removed .0003 1"]],
  ["the first segment removed", ([file]) => rm(file ?? ""), ["segment-removed .0001", "removed .0002 1"]],
  ["the last segment removed", (all) => rm(all.at(-1) ?? ""), ["cut-tail .0002 5"]],
  ["the last record cut off", (all) => editLines(all.at(-1), (lines) => lines.slice(0, -1)), ["cut-tail .0003 4"]],
  [
    "the end of the last record cut off",
    async (all) => truncate(all.at(-1) ?? "", (await stat(all.at(-1) ?? "")).size - 9),
    ["torn .0003 4", "cut-tail .0003 4"],
  ],
])("a closed chain: %s is found", async (_, tamper, expected) => {
  const home = await newHome();
  await write(home);
  await tamper((await files(home)).filter(isSegment));
  const { findings } = await verifyAuditTrail(home);
  expect(
    findings.map(({ fault, file, line }) => [fault, /\.\d{4}/.exec(file)?.[0], line].filter(Boolean).join(" ")),
  ).toEqual(expected);
});

test("any change of any byte of a closed chain is found", async () => {
  const home = await newHome();
  await write(home);
  const segments = (await files(home)).filter(isSegment);
  const originals = await Promise.all(segments.map((file) => readFile(file)));
  const place = fc.record({
    file: fc.nat(segments.length - 1),
    at: fc.nat(100_000),
    byte: fc.integer({ min: 1, max: 255 }),
  });
  await fc.assert(
    fc.asyncProperty(place, fc.constantFrom("flip", "cut", "drop"), async ({ file, at, byte }, how) => {
      const original = originals[file] ?? Buffer.alloc(0);
      const position = at % original.length;
      const changed = Buffer.from(original);
      if (how === "flip") changed[position] = (changed[position] ?? 0) ^ byte;
      const bytes = how === "cut" ? original.subarray(0, position) : changed;
      const dropped = Buffer.concat([original.subarray(0, position), original.subarray(position + 1)]);
      await writeFile(segments[file] ?? "", how === "drop" ? dropped : bytes);
      const { findings } = await verifyAuditTrail(home);
      await writeFile(segments[file] ?? "", original);
      // Without the line end behind it, the last record of a segment is still whole.
      const last = position === original.length - 1 && how !== "flip";
      expect(findings.length > 0).toBe(!last);
    }),
    { numRuns: 150 },
  );
});

/** A writer that is killed right behind its last acknowledged record. */
async function writeAndDie(home: string, count: number): Promise<void> {
  const program = fileURLToPath(new URL("fixtures/record-and-wait.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=thoth-source", program, home, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.includes("recorded")) break;
  }
  child.kill("SIGKILL");
  await once(child, "close");
}

/** Takes away what the process was writing when it was killed, as the next line would. */
async function cutTorn(home: string): Promise<string> {
  const [segment = ""] = (await files(home)).filter(isSegment);
  const text = await readFile(segment, "utf8");
  await writeFile(segment, text.slice(0, text.lastIndexOf("\n") + 1));
  return segment;
}

/** All records that the head tells of must be there; more may be. */
async function keepBelowHead(all: string[]): Promise<void> {
  const { sequence } = JSON.parse(await readFile(all.find((file) => file.endsWith(".head")) ?? "", "utf8"));
  await editLines(all.find(isSegment), (lines) => lines.filter((line) => JSON.parse(line).sequence < sequence));
}

test("a process that is killed loses no acknowledged record, and its chain is as it was written", async () => {
  const home = await newHome();
  await writeAndDie(home, 300);
  const { findings } = await verifyAuditTrail(home);
  expect(findings.filter(({ fault }) => fault !== "torn")).toEqual([]);
  const segment = await cutTorn(home);
  expect((await records(home)).filter(({ event }) => event === "read").length).toBeGreaterThanOrEqual(300);
  expect((await verifyAuditTrail(home)).findings).toEqual([]);
  await appendFile(segment, '{"writer":"2026');
  expect((await verifyAuditTrail(home)).findings.map(({ fault }) => fault)).toEqual(["torn"]);
});

test.each(["ended", "was killed"])(
  "a chain that %s and is put back to an earlier state is missed by the next",
  async (how) => {
    const home = await newHome();
    const trail = open(home, { segmentBytes: 1e6 });
    for (const id of ["a", "b"]) await trail.recorded(read(id));
    const chain = (await files(home)).filter((file) => !file.endsWith(".json"));
    const earlier = await contentsOf(chain);
    for (const id of ["c", "d"]) await trail.recorded(read(id));
    const later = await contentsOf(chain);
    await trail[Symbol.asyncDispose]();
    if (how === "was killed") await putBack(later);
    const next = open(home);
    await next.recorded(read("e"));
    await next[Symbol.asyncDispose]();
    expect((await verifyAuditTrail(home)).findings).toEqual([]);
    await putBack(earlier);
    expect((await verifyAuditTrail(home)).findings.map(({ fault }) => fault)).toEqual(["cut-tail"]);
  },
);

async function contentsOf(paths: readonly string[]): Promise<ReadonlyMap<string, Buffer>> {
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)));
}

async function putBack(contents: ReadonlyMap<string, Buffer>): Promise<void> {
  for (const [path, content] of contents) await writeFile(path, content);
}

const killed: [string, (files: string[]) => Promise<unknown>, string[]][] = [
  ["its last records", keepBelowHead, ["cut-tail"]],
  ["its head", (all) => rm(all.find((file) => file.endsWith(".head")) ?? ""), ["cut-tail"]],
  ["its only segment", (all) => rm(all.find(isSegment) ?? ""), ["segment-removed", "cut-tail"]],
  [
    "a forged head",
    (all) =>
      editLines(
        all.find((file) => file.endsWith(".head")),
        ([line]) => [sealed(line).replace(/("seg.*:)\d/, "$17")],
      ),
    ["changed"],
  ],
];

test("what is taken from a killed process's chain is found", async () => {
  const home = await newHome();
  await writeAndDie(home, 20);
  await cutTorn(home);
  const originals = await Promise.all((await files(home)).map(async (file) => [file, await readFile(file)] as const));
  for (const [what, tamper, expected] of killed) {
    await tamper(await files(home));
    expect([what, (await verifyAuditTrail(home)).findings.map(({ fault }) => fault)]).toEqual([what, expected]);
    for (const [file, bytes] of originals) await writeFile(file, bytes);
  }
});

test("a chain that is gone as a whole is missed by those that were begun after it", async () => {
  const home = await newHome();
  await write(home, { clock: () => now - day });
  const gone = (await files(home)).filter(isSegment);
  await write(home);
  for (const file of gone) await rm(file);
  expect((await verifyAuditTrail(home)).findings.map(({ fault }) => fault)).toEqual(["chain-removed"]);
});

test("the newest chain is missed, too, and so are the register and all of it together", async () => {
  const home = await newHome();
  const faults = async () => (await verifyAuditTrail(home)).findings.map(({ fault }) => fault);
  for (const ago of [2, 1, 0]) await write(home, { clock: () => now - ago * day });
  const segments = (await files(home)).filter(isSegment);
  const newest = segments.filter((file) => file.includes("20260318T"));
  const kept = await Promise.all(newest.map(async (file) => [file, await readFile(file)] as const));
  for (const file of newest) await rm(file);
  expect(await faults()).toEqual(["chain-removed"]);
  for (const [file, bytes] of kept) await writeFile(file, bytes);
  expect(await faults()).toEqual([]);
  await rm(join(home, "audit", "register.json"));
  expect(await faults()).toEqual(["chain-removed"]);
  await rm(join(home, "audit"), { recursive: true });
  expect(await faults()).toEqual(["chain-removed"]);
});

test("processes that begin at the same moment are all in the register, and one that died in its turn holds nobody up", async () => {
  const home = await newHome();
  await mkdir(join(home, "audit"));
  const ended = spawn(process.execPath, ["-e", ""]);
  await once(ended, "exit");
  await writeFile(join(home, "audit", "register.json.busy"), String(ended.pid));
  await Promise.all(Array.from({ length: 8 }, () => write(home)));
  for (const file of (await files(home)).filter(isSegment)) {
    const bytes = await readFile(file);
    await rm(file);
    expect((await verifyAuditTrail(home)).findings).not.toEqual([]);
    await writeFile(file, bytes);
  }
  expect((await verifyAuditTrail(home)).findings).toEqual([]);
});

test("a trail that was sealed with another key is told from one that was changed", async () => {
  const home = await newHome();
  await write(home);
  const [findings] = [(await verifyAuditTrail(home, { key: "ab".repeat(32) })).findings];
  expect(findings.map(({ file, fault }) => [file.replace(/^.*-[0-9a-f]{12}/, ""), fault])).toEqual([
    ["register.json", "wrong-key"],
    [".0001.ndjson", "wrong-key"],
  ]);
  await rm(join(home, "keys"), { recursive: true });
  expect((await verifyAuditTrail(home)).findings.map(({ fault }) => fault)).toEqual(["wrong-key"]);
  expect(await readdir(home)).toEqual(["audit"]);
});

test("old segments go whole and from the old end, with a note by which the rest can be verified", async () => {
  const home = await newHome();
  let minutes = 0;
  await write(home, { clock: () => now - day / 2 + minutes++ * 60_000 });
  await write(home);
  const segments = (await files(home)).filter(isSegment);
  const archive = join(home, "archive");
  // What the file system says of their age does not count, for anybody could set it.
  for (const file of segments) await utimes(file, new Date(now - 9 * day), new Date(now - 9 * day));
  expect(await retireSegments({ home, before: now - 8 * day, archive })).toEqual([]);
  const third = JSON.parse((await readFile(segments[2] ?? "", "utf8")).trimEnd().split("\n").at(-1) ?? "");
  expect(await retireSegments({ home, before: Date.parse(third.at), archive })).toHaveLength(2);
  expect(await readdir(archive)).toHaveLength(2);
  expect((await verifyAuditTrail(home)).findings).toEqual([]);
  // Somebody else's removal is not covered by it.
  await rename(segments[3] ?? "", join(home, "elsewhere"));
  expect((await verifyAuditTrail(home)).findings.map(({ fault }) => fault)).toEqual(["segment-removed", "removed"]);
  await rename(join(home, "elsewhere"), segments[3] ?? "");
  expect(await retireSegments({ home, before: muchLater() })).toHaveLength(segments.length - 2);
  expect(await verifyAuditTrail(home)).toEqual({ findings: [], chains: 0, records: 0 });
  await write(home);
  expect((await verifyAuditTrail(home)).findings).toEqual([]);
});

test.runIf(existsSync("/dev/shm"))(
  "an archive may be on another disk, and a removal that was cut off is finished",
  async () => {
    const home = await newHome();
    await write(home);
    const [first = ""] = (await files(home)).filter(isSegment);
    const bytes = await readFile(first, "utf8");
    const archive = await mkdtemp("/dev/shm/audit-");
    homes.push(archive);
    // A copy that was cut off.
    await writeFile(join(archive, `${basename(first)}.part`), "half");
    const retire = () => retireSegments({ home, before: muchLater(), archive });
    const removed = await retire();
    expect((await readdir(archive)).filter(isSegment).sort()).toEqual(removed);
    expect(await readFile(join(archive, basename(first)), "utf8")).toBe(bytes);
    await writeFile(first, bytes);
    expect(await retire()).toEqual([basename(first)]);
    expect((await verifyAuditTrail(home)).findings).toEqual([]);
  },
);

test("when the disk takes no more, protected reads are refused, and open ones are written once it does", async () => {
  const home = await newHome();
  const program = fileURLToPath(new URL("fixtures/record-until-full.ts", import.meta.url));
  // A file may not become longer than 8 blocks: the disk is full for this process, and not for others.
  const script = `trap '' XFSZ; ulimit -f 8; exec "${process.execPath}" --conditions=thoth-source "${program}" "${home}"`;
  const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const chunk of child.stdout) said += String(chunk);
  const { written, failure, logged } = JSON.parse(said) as { written: number; failure: string; logged: string[] };
  expect(failure).toBe("access/audit-unavailable");
  expect(logged).toHaveLength(1);
  expect((await records(home)).filter(({ event }) => event === "read")).toHaveLength(written);
  expect((await verifyAuditTrail(home)).findings).toEqual([]);
});
