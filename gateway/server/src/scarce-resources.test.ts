import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh, type SmallMeshOptions } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import type pg from "pg";
import { describe, expect, test } from "vitest";
import { openFileDoor } from "./files/fixtures/file-door.ts";
import { now } from "./fixtures/campus.ts";
import { doorAt, recordLog } from "./fixtures/door.ts";
import { openSmallDisk, type SmallDisk } from "./fixtures/small-disk.ts";
import { type DoorOptions, openSqlDoor } from "./sql-port/fixtures/sql-door.ts";

/** What engines lack is told as what it is, on every port, without their words about settings and files. */

const open = (logicalType: string) => ({ logicalType, classification: "public" });

/** More than the engine holds in the memory that it is given here. */
const letters: SmallProduct = {
  id: "library-loans/letters",
  object: "letter",
  key: ["number"],
  columns: { number: open("integer"), text: open("string") },
  // Nothing in them repeats itself, so that they are no shorter on a disk.
  rows: `select i as number, ${[1, 2, 3, 4, 5, 6].map((n) => `md5('${n}-' || i)`).join(" || ")} as text from range(400000) t(i)`,
};

const memoryLimit = "40MB";
const spoken = { memory: "warehouse/out-of-memory", disk: "warehouse/disk-full" };
const secrets = /MiB|directory|\.tmp|memory_limit|PRAGMA/i;

async function onBothHttpPorts(limits: NonNullable<SmallMeshOptions["limits"]>) {
  await using mesh = await openSmallMesh([letters], { now, limits });
  const log = recordLog();
  await using door = await openFileDoor(mesh, { changes: { log } });
  const answer = await doorAt(door.url)("{ lettersAggregate(groupBy: [TEXT], first: 1) { count } }");
  const response = await fetch(`${door.url}/products/library-loans/letters.json?order=text&limit=300000`);
  const file = { status: response.status, text: await response.text().catch(String) };
  return { answer, file, log };
}

async function onTheSqlPort(engine: NonNullable<DoorOptions["engine"]>) {
  await using door = await openSqlDoor({ products: [letters], engine });
  const client = await door.connect();
  const ask = "select text || number as letter from library_loans.letters order by 1";
  const failure = await client.query(ask).catch((error: pg.DatabaseError) => error);
  const after = await client.query("select count(*)::integer as rows from library_loans.letters");
  await client.end();
  return { failure: failure as pg.DatabaseError, rows: after.rows[0]?.rows, logged: door.logged };
}

function expectSqlState(
  { failure, rows, logged }: Awaited<ReturnType<typeof onTheSqlPort>>,
  code: string,
  detail: string,
) {
  expect(failure).toMatchObject({ code, detail, hint: expect.stringContaining("Ask for fewer rows") });
  expect(failure.message).not.toMatch(secrets);
  expect([rows, logged.filter((line) => line.startsWith("unexpected"))]).toEqual([400_000, []]);
}

describe("memory that does not suffice", () => {
  test("is told by GraphQL and files", async () => {
    const { answer, file, log } = await onBothHttpPorts({ memoryLimit, threads: 1 });
    expect(answer.errors[0]?.extensions).toMatchObject({ code: spoken.memory, hint: expect.any(String) });
    expect([file.status, JSON.parse(file.text).code]).toEqual([503, spoken.memory]);
    expect(`${answer.text} ${file.text}`).not.toMatch(secrets);
    expect(log.lines.filter(({ message }) => message.startsWith("unexpected"))).toEqual([]);
  });

  test("is told by SQL", async () => {
    const told = await onTheSqlPort({ limits: { memory: memoryLimit, threads: 1 } });
    expectSqlState(told, "53200", spoken.memory);
  });
});

describe("a disk that is full", () => {
  test("is told by GraphQL and files", async (context) => {
    await using disk = await smallDisk(context);
    const { answer, file, log } = await onBothHttpPorts({ memoryLimit, threads: 1, tmpDir: disk.path });
    // Groups are not written to a disk that cannot take them all.
    expect([spoken.memory, spoken.disk]).toContain(answer.errors[0]?.extensions.code);
    expect([file.status, JSON.parse(file.text).code]).toEqual([507, spoken.disk]);
    expect(`${answer.text} ${file.text}`).not.toMatch(secrets);
    expect(log.lines.filter(({ message }) => message.startsWith("unexpected"))).toEqual([]);
  });

  test("is told by SQL", async (context) => {
    await using disk = await smallDisk(context);
    const told = await onTheSqlPort({ tmpDir: disk.path, limits: { memory: memoryLimit, threads: 1 } });
    expectSqlState(told, "53100", spoken.disk);
  });

  test("is told by SQL, when there is room for others", async () => {
    await using folder = await tempDir();
    const limits = { memory: memoryLimit, threads: 1, spill: "4MB" };
    expectSqlState(await onTheSqlPort({ tmpDir: folder.path, limits }), "53100", spoken.disk);
  });
});

async function smallDisk(context: { readonly skip: (note: string) => never }): Promise<SmallDisk> {
  return (await openSmallDisk(4)) ?? context.skip("only root can mount a disk of its own");
}
