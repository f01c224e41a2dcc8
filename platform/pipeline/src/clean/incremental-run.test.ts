import type { Run } from "@thoth/control/run";
import { openRunLog } from "@thoth/control/run-log";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runMesh } from "../run-mesh.ts";

const files = (name: string) => ({
  imports: 'import { csvFiles } from "@thoth/ingest/csv-files"',
  expression: `{ name: "desk", kind: "files", description: "", streams: [csvFiles({ name: "loans", files: "${name}/*.csv",
  columns: { id: "BIGINT", seen: "DATE", fee: "VARCHAR" } })] }`,
});
const latest = "qualify row_number() over (partition by id order by seen desc) = 1";

function library(name: string, select = "id, seen, fee::decimal(9,2) as fee") {
  return {
    name,
    sources: [files(name)],
    clean: { loans: `select ${select} from raw.loans ${latest}` },
    products: {
      loans: {
        sql: "select id, fee from clean.loans",
        key: ["id"],
        columns: {
          id: { logicalType: "integer", physicalType: "BIGINT" },
          fee: { logicalType: "number", physicalType: "DECIMAL(9,2)" },
        },
      },
    },
  };
}

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([library("unused")]);
});

afterAll(() => world[Symbol.asyncDispose]());

/** Runs everything. @returns the run of `clean/loans`, what its log says first, and what is published */
async function run(domain: string, options: { full?: boolean } = {}) {
  const log = openRunLog(world.mesh.control, world.mesh.clock);
  const { signal } = new AbortController();
  const runs = await runMesh({ ...world.mesh, log }, { trigger: "manual", signal, only: domain, ...options });
  const clean = runs.find(({ pipeline }) => pipeline === "clean/loans") as Run;
  const lines = await log.read(clean.runId);
  const { rowsRead, rowsInserted, rowsUpdated, rowsDeleted, rowCountAfter, failureMessage } = clean;
  const rows = await world.rows(`${domain}/loans`);
  return {
    said: lines[0]?.message,
    counts: [rowsRead, rowsInserted, rowsUpdated, rowsDeleted, rowCountAfter],
    failureMessage,
    fees: Object.fromEntries(rows.map(({ id, fee }) => [id, fee])),
  };
}

test("a run reads only what has landed, and says so", async () => {
  await world.define([library("told")]);
  await world.source("told/1.csv", "id,seen,fee\n1,2026-01-01,1\n2,2026-01-01,2\n3,2026-01-02,3\n4,2026-01-02,4\n");
  expect(await run("told")).toMatchObject({
    said: "clean.loans computed in full: it is the first time",
    counts: [4, 4, 0, 0, 4],
  });
  await world.source("told/2.csv", "id,seen,fee\n1,2026-01-03,9\n2,2025-12-31,8\n5,2026-01-03,5\n");
  expect(await run("told")).toMatchObject({
    said: "clean.loans computed from 3 new of 7 rows of raw.loans",
    counts: [3, 1, 1, 0, 5],
    fees: { 1: "9.00", 2: "2.00", 3: "3.00", 4: "4.00", 5: "5.00" },
  });
  expect(await run("told")).toMatchObject({
    said: "clean.loans is as it was: nothing that it reads has changed",
    counts: [0, 0, 0, 0, 5],
  });
  await world.source("told/3.csv", "id,seen,fee\n3,2025-01-01,7\n");
  expect(await run("told")).toMatchObject({
    said: "clean.loans computed from 1 new of 8 rows of raw.loans",
    counts: [1, 0, 0, 0, 5],
  });
});

test("what the rows that are there were not computed from is computed in full", async () => {
  const first = "id,seen,fee\n1,2026-01-01,1\n2,2026-01-01,2\n3,2026-01-01,3\n4,2026-01-01,4\n";
  await world.define([library("whole")]);
  await world.source("whole/1.csv", first);
  await run("whole");
  await world.source("whole/1.csv", first.replace("4,2026-01-01,4", "4,2026-01-01,5"));
  expect(await run("whole")).toMatchObject({
    said: "clean.loans computed in full: rows of raw.loans were replaced",
    counts: [4, 0, 1, 0, 4],
    fees: { 4: "5.00" },
  });
  expect(await run("whole", { full: true })).toMatchObject({
    said: "clean.loans computed in full: everything was asked for",
    counts: [4, 0, 0, 0, 4],
  });
  await world.define([library("whole", "id, seen, (2 * fee::decimal(9,2))::decimal(9,2) as fee")]);
  await world.source("whole/2.csv", "id,seen,fee\n5,2026-01-01,5\n");
  expect(await run("whole")).toMatchObject({
    said: "clean.loans computed in full: the query, its columns or the engine are not what they were",
    counts: [5, 1, 4, 0, 5],
    fees: { 1: "2.00", 5: "10.00" },
  });
  await world.source("whole/3.csv", "id,seen,fee\n6,2026-01-01,6\n");
  expect(await run("whole")).toMatchObject({ said: "clean.loans computed from 1 new of 6 rows of raw.loans" });
  await world.source(
    "whole/4.csv",
    `id,seen,fee\n${Array.from({ length: 7 }, (_, id) => `${id},2026-02-01,0\n`).join("")}`,
  );
  expect(await run("whole")).toMatchObject({
    said: "clean.loans computed in full: most rows of raw.loans are new",
    counts: [7, 1, 6, 0, 7],
  });
});

test("a table that joins others follows what changes in either, and says so", async () => {
  const told = library("joined");
  const desks = `csvFiles({ name: "desks", files: "joined-desks.csv", mode: "replace", columns: { id: "BIGINT", fee: "VARCHAR" } })`;
  const source = {
    ...files("joined"),
    expression: files("joined").expression.replace("streams: [", `streams: [${desks}, `),
  };
  const clean = {
    fees: "select id % 10 as last, fee::decimal(9,2) as fee from raw.desks",
    loans: `select l.id, l.seen, f.fee from raw.loans l left join clean.fees f on f.last = l.id qualify row_number() over (partition by l.id order by l.seen desc) = 1`,
  };
  await world.define([{ ...told, sources: [source], clean }]);
  await world.source("joined-desks.csv", "id,fee\n1,1\n2,2\n");
  await world.source("joined/1.csv", "id,seen,fee\n1,2026-01-01,\n2,2026-01-01,\n3,2026-01-02,\n4,2026-01-02,\n");
  expect(await run("joined")).toMatchObject({ said: "clean.loans computed in full: it is the first time" });
  await world.source("joined/2.csv", "id,seen,fee\n4,2026-01-03,\n");
  expect(await run("joined")).toMatchObject({
    said: "clean.loans computed from 1 new of 5 rows of raw.loans",
    counts: [1, 0, 1, 0, 4],
  });
  await world.source("joined-desks.csv", "id,fee\n1,1\n2,7\n3,3\n");
  expect(await run("joined")).toMatchObject({
    said: "clean.loans computed from 0 new of 5 rows of raw.loans, and 2 changed of clean.fees",
    counts: [2, 0, 2, 0, 4],
    fees: { 1: "1.00", 2: "7.00", 3: "3.00", 4: null },
  });
  await world.source("joined-desks.csv", "id,fee\n1,5\n2,5\n3,5\n4,5\n");
  expect(await run("joined")).toMatchObject({
    said: "clean.loans computed in full: what has changed touches most rows of raw.loans",
    fees: { 1: "5.00", 4: "5.00" },
  });
  const many = Array.from({ length: 9 }, (_, id) => `${id},1\n`).join("");
  await world.source("joined-desks.csv", `id,fee\n${many}`);
  await run("joined");
  await world.source("joined/3.csv", "id,seen,fee\n9,2026-01-03,\n");
  expect(await run("joined")).toMatchObject({ said: "clean.loans computed from 1 new of 6 rows of raw.loans" });
  const ofRaw = `select l.id, l.seen, d.fee::decimal(9,2) as fee from raw.loans l left join raw.desks d on d.id = l.id qualify row_number() over (partition by l.id order by l.seen desc) = 1`;
  await world.define([{ ...told, sources: [source], clean: { ...clean, loans: ofRaw } }]);
  await run("joined");
  await world.source("joined/4.csv", "id,seen,fee\n10,2026-01-03,\n");
  expect(await run("joined")).toMatchObject({
    said: "clean.loans computed in full: the tables that it joins have more rows than raw.loans",
  });
});

test("a new row that the query cannot compute is told at its place, and the next run goes on", async () => {
  await world.define([library("broken")]);
  await world.source("broken/1.csv", "id,seen,fee\n1,2026-01-01,1\n2,2026-01-01,2\n3,2026-01-01,3\n");
  await run("broken");
  await world.source("broken/2.csv", "id,seen,fee\n1,2026-01-02,much\n");
  expect(await run("broken")).toMatchObject({
    failureMessage: expect.stringMatching(/convert string "much".*domains.broken.clean.loans.sql:1:21/s),
    fees: { 1: "1.00", 2: "2.00", 3: "3.00" },
  });
  await world.define([library("broken", "id, seen, coalesce(try_cast(fee as decimal(9,2)), 0) as fee")]);
  expect(await run("broken")).toMatchObject({ failureMessage: null, fees: { 1: "0.00", 2: "2.00", 3: "3.00" } });
  await world.source("broken/3.csv", "id,seen,fee\n2,2026-01-02,7\n");
  expect(await run("broken")).toMatchObject({
    said: "clean.loans computed from 1 new of 5 rows of raw.loans",
    fees: { 1: "0.00", 2: "7.00", 3: "3.00" },
  });
});
