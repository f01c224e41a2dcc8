import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSnapshot } from "@thoth/warehouse/publish-snapshot";
import { openReadSide, type ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { parse, print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ask, contextFor, library } from "./fixtures/campus.ts";
import { courseModel } from "./fixtures/models.ts";
import { createPlannedExecutor } from "./planned-execution.ts";

/** From a published snapshot to an answer, on the engine that serves: locked down, with several connections. */

let dir: string;
let writer: WriteSide;
let reader: ReadSide;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "subgraph-"));
  writer = await openWriteSide({ file: join(dir, "library.duckdb"), pseudonymKey: "k", tmpDir: join(dir, "tmp") });
  reader = await openReadSide({ snapshotDir: join(dir, "snapshots"), catalogs: ["library"] });
});
afterAll(async () => {
  await reader[Symbol.asyncDispose]();
  await writer[Symbol.asyncDispose]();
  await rm(dir, { recursive: true });
});

async function publish(id: string, weeks: number): Promise<void> {
  const file = snapshotFile(join(dir, "snapshots"), "library", "loans", id);
  const select = `select branch, code as course_code, date '2026-01-05' + (i * 7)::integer as week, 'book' as category,
    (i * 9007199254740993)::bigint as loans, i::bigint as returns, i / 3 as minutes
    from (values ('north'), ('west')) b(branch), (values ('A1'), ('B2')) c(code), range(${weeks}) r(i)`;
  const written = await writeSnapshot(writer, {
    file,
    select,
    table: "loans",
    orderBy: ["branch", "course_code", "week"],
  });
  const snapshot: Snapshot = {
    id,
    domain: "library",
    product: "loans",
    contractVersion: "1.0.0",
    publishedAt: 0,
    watermark: null,
    runId: id,
    ...written,
  };
  await reader.attach(snapshot);
}

const graph = library();
const source = `{
  loans(first: 3, orderBy: [{ week: DESC }, { branch: ASC }], where: { category: { in: [BOOK] }, week: { gte: "2026-01-12" } }) {
    totalCount nodes { branch week loans minutes course { code loans(first: 1) { totalCount nodes { week } } } } pageInfo { hasNextPage }
  }
  loansByKey(branch: "west", courseCode: "B2", week: "2026-01-05") { loans }
  _courseByKeys(keys: [{ code: "B2" }, { code: "none" }]) { code loansAggregate(groupBy: [BRANCH]) { group { branch } sum { loans } } }
  loansAggregate(bucket: { column: WEEK, every: MONTH }, compareTo: PREVIOUS_PERIOD) { bucket count sum { loans } previous { count } }
}`;

test("before the first publish the answer says which product is missing", async () => {
  const { data, errors } = await ask(graph, contextFor(reader), "{ loans { totalCount } }");
  expect(data).toEqual({ loans: null });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "warehouse/no-snapshot", domain: "library" });
});

test("a published product answers every kind of question", async () => {
  await publish("01", 6);
  const { data, errors } = await ask(graph, contextFor(reader), source);
  expect(errors).toBeUndefined();
  const node = (branch: string, code: string) => ({
    branch,
    week: "2026-02-09",
    loans: "45035996273704965",
    minutes: expect.closeTo(5 / 3),
    course: { code, loans: { totalCount: 12, nodes: [{ week: "2026-01-05" }] } },
  });
  expect(data.loans).toEqual({
    totalCount: 20,
    nodes: [node("north", "A1"), node("north", "B2"), node("west", "A1")],
    pageInfo: { hasNextPage: true },
  });
  expect(data.loansByKey).toEqual({ loans: 0 });
  expect(data._courseByKeys).toEqual([
    {
      code: "B2",
      loansAggregate: ["north", "west"].map((branch) => ({ group: { branch }, sum: { loans: "135107988821114895" } })),
    },
    { code: "none", loansAggregate: [] },
  ]);
  expect(data.loansAggregate).toMatchObject([
    { count: 16, previous: null },
    { count: 8, previous: { count: 16 } },
  ]);
});

test("a published product is answered by one statement that writes the JSON", async () => {
  const planned = createPlannedExecutor({ subgraphs: [graph], foreign: [courseModel], schema: graph.schema });
  const document = parse(source.replace(/_courseByKeys.*/, ""));
  const expected = await ask(graph, contextFor(reader), print(document));
  const reference = () => Promise.reject(new Error("nothing is left to the reference executor"));
  const result = await planned.execute({ document, context: contextFor(reader), reference });
  expect(JSON.parse(Buffer.concat(result?.data ?? []).toString())).toEqual(expected.data);
  expect(result?.fallback).toEqual([]);
});

test("pages go on over a publish", async () => {
  await publish("02", 4);
  const page =
    "query ($after: String) { loans(first: 5, after: $after) { nodes { week } pageInfo { endCursor } totalCount } }";
  const first = await ask(graph, contextFor(reader), page);
  await publish("03", 8);
  const second = await ask(graph, contextFor(reader), page, { after: first.data.loans.pageInfo.endCursor });
  expect([first.data.loans.totalCount, second.data.loans.totalCount]).toEqual([16, 32]);
  expect(second.data.loans.nodes.map((node: { week: string }) => node.week).slice(0, 2)).toEqual([
    "2026-01-12",
    "2026-01-19",
  ]);
});
