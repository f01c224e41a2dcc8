import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadDomains } from "@thoth/cli/load-domains";
import { lineageOf, type MeshLineage } from "@thoth/pipeline/lineage";
import { type LineageEngine, openLineageEngine } from "@thoth/pipeline/lineage-engine";
import type { TableLineage } from "@thoth/pipeline/lineage-table";
import { type Random, seededRandom } from "@thoth/testing/random";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { afterAll, beforeAll, expect, test } from "vitest";

// The queries of our domains over rows made up at random: what changes with a column must be said to depend on it.

const root = fileURLToPath(new URL("../", import.meta.url));
let lineage: MeshLineage;
let tables: LineageEngine;

beforeAll(async () => {
  const domains = await loadDomains({ root, domains: "domains/*/domain.ts" });
  lineage = await lineageOf(domains);
  tables = await openLineageEngine(domains);
  for (const { domain, layer, table, columns } of lineage.values()) {
    if (layer !== "clean" && layer !== "product") continue;
    await tables.enter(domain);
    await tables.define(layer, table, columns);
  }
});

afterAll(() => tables[Symbol.asyncDispose]());

test("everything can be traced", () => {
  const untraced = [...lineage.values()].flatMap(({ id, columns, rows }) =>
    [...columns, rows].flatMap(({ unknown }) => unknown.map(({ reason }) => `${id}: ${reason}`)),
  );
  expect(untraced).toEqual([]);
});

test("the engine agrees about every query of every domain", async () => {
  const random = seededRandom("lineage of domains");
  let changes = 0;
  for (const table of lineage.values()) {
    if (table.file === undefined || table.versionOf !== undefined) continue;
    for (let round = 0; round < 8; round++) changes += await compare(table, random);
  }
  expect(changes).toBeGreaterThan(50);
});

/** @returns how many columns of the result changed with one column of the input */
async function compare(table: TableLineage, random: Random): Promise<number> {
  await tables.enter(table.domain);
  const inputs = table.reads.map((id) => tableOf(id));
  const input = random.pick(inputs);
  const changed = random.pick(input.columns);
  const rows = new Map(inputs.map((each) => [each.id, rowsFor(each, random)]));
  const sql = readFileSync(join(root, table.file ?? ""), "utf8");
  const before = await resultOf(sql, rows);
  const index = input.columns.indexOf(changed);
  rows.set(
    input.id,
    (rows.get(input.id) ?? []).map((row) => row.with(index, valueFor(changed.type, random))),
  );
  const after = await resultOf(sql, rows);
  if (before === undefined || after === undefined) return 0;
  const isSaid = ({ from }: Pick<TableLineage["rows"], "from">) =>
    from.some((use) => use.table === input.id && use.column === changed.name);
  if (isSaid(table.rows)) return 0;
  const names = Object.keys(before[0] ?? after[0] ?? {});
  const different = names.filter((name) => valuesOf(before, name) !== valuesOf(after, name));
  for (const name of different) {
    const column = table.columns.find((candidate) => candidate.name === name);
    expect(column !== undefined && isSaid(column), `${table.id}.${name} changes with ${input.id}.${changed.name}`).toBe(
      true,
    );
  }
  return different.length;
}

function tableOf(id: string): TableLineage {
  const found = lineage.get(id);
  if (found === undefined) throw new Error(`${id} is read and not there`);
  return found;
}

type Rows = readonly (readonly string[])[];

function rowsFor({ columns }: TableLineage, random: Random): Rows {
  return Array.from({ length: random.int(3, 8) }, () => columns.map(({ type }) => valueFor(type, random)));
}

const words = ["a", "b", "complete", "accepted", "success", "added", "removed", "staff", "first", "request", "latency"];
const days = ["2026-03-02", "2026-03-04", "2026-03-09", "2026-03-30"];

/** Few values of each type, so that rows meet. */
function valueFor(type: string, random: Random): string {
  if (random.chance(0.1)) return "null";
  if (/^(BIGINT|INTEGER|DOUBLE|DECIMAL|HUGEINT)/.test(type)) return String(random.int(0, 3));
  if (type === "BOOLEAN") return String(random.chance(0.7));
  if (type === "VARCHAR") return `'${random.pick(words)}'`;
  if (type.startsWith("DATE") || type.startsWith("TIMESTAMP")) return `'${random.pick(days)}'`;
  if (type.startsWith("MAP(VARCHAR")) return `map {'${random.pick(words)}': ${random.int(0, 3)}}`;
  if (type === "VARCHAR[]") return `['${random.pick(words)}']`;
  return "null";
}

/** Undefined when the engine cannot compute it from such rows. */
async function resultOf(sql: string, rows: ReadonlyMap<string, Rows>): Promise<Record<string, unknown>[] | undefined> {
  const { engine } = tables;
  for (const [id, content] of rows) await fill(engine, tableOf(id), content);
  return engine.query(sql).catch(() => undefined);
}

async function fill(engine: QueryEngine, { domain, layer, table }: TableLineage, rows: Rows): Promise<void> {
  const name = qualifiedName(domain.replaceAll("-", "_"), layer, table);
  await engine.query(`TRUNCATE ${name}`);
  await engine.query(`INSERT INTO ${name} VALUES ${rows.map((row) => `(${row.join(", ")})`).join(", ")}`);
}

/** In no order. */
function valuesOf(rows: readonly Record<string, unknown>[], name: string): string {
  const tell = (value: unknown) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part));
  return rows
    .map((row) => tell(row[name]) ?? "")
    .sort()
    .join("\n");
}
