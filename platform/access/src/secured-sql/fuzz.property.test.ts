import type { DuckDBConnection } from "@duckdb/node-api";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { connectEngine, openEngine } from "@thoth/warehouse/open-engine";
import { readRows } from "@thoth/warehouse/read-values";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Library, openLibrary, readerOf } from "./fixtures/library.ts";
import { type GeneratedStatement, type Pick, StatementGrammar } from "./fixtures/statement-grammar.ts";
import { makeWorld, searchPaths, turnedTables, valuesOf, type World, worldTables } from "./fixtures/worlds.ts";
import type { SecuredSql } from "./secured-sql.ts";

/**
 * Whatever is asked, the answer is that of an engine which holds nothing but what the reader may see, and what is hidden
 * stands in no answer and in no error. `MESH_SQL_CASES` says how many statements are tried.
 */
const cases = Number(process.env.MESH_SQL_CASES ?? 300);
const worldCount = 12;
/** Statements that are under way at once. */
const together = 20;
const maskKey = "a key for tests";

interface Place extends World {
  /** Know what is seen in this world and nothing else, each by one of the search paths. */
  readonly oracles: readonly DuckDBConnection[];
}

const resources = new AsyncDisposableStack();
let library: Library;
let sql: SecuredSql;
/** Holds the same rows, stored in another order. */
let turned: SecuredSql;
const worlds: Place[] = [];

beforeAll(async () => {
  library = resources.use(await openLibrary(worldTables));
  sql = resources.use(await library.open({ maskKey, limits: { threads: 1, timeMs: 20_000 } }));
  const other = resources.use(await openLibrary(turnedTables));
  turned = resources.use(await other.open({ maskKey, limits: { threads: 1, timeMs: 20_000 } }));
  const [tape] = fc.sample(fc.infiniteStream(fc.nat({ max: 0xffff })), { numRuns: 1, seed: 7 });
  const pick: Pick = (n) => (tape?.next().value ?? 0) % n;
  for (let index = 0; index < worldCount; index += 1) {
    const world = makeWorld(index, pick, maskKey);
    worlds.push({ ...world, oracles: await openOracles(world) });
  }
});
afterAll(() => resources.disposeAsync());

async function openOracles({ seen }: World): Promise<DuckDBConnection[]> {
  const instance = await openEngine({ threads: 1 });
  resources.defer(() => instance.closeSync());
  const connect = async () => {
    const connection = await connectEngine(instance);
    resources.defer(() => connection.closeSync());
    return connection;
  };
  const first = await connect();
  await first.run("attach ':memory:' as mesh; use mesh; create schema library; create schema archive");
  for (const [name, { columns, rows }] of Object.entries(seen)) {
    const types = Object.fromEntries(columns.map((column) => [column.name, column.sqlType]));
    const table = name.includes(".") ? name : `library.${name}`;
    await first.run(`create table ${table} as ${valuesOf(types, rows)}`);
  }
  // What nobody may read is there all the same: its name stands for it, and for no table of another schema.
  for (const { name } of worldTables.filter((table) => table.domain === undefined && seen[table.name] === undefined))
    await first.run(`create table gone(i int); create view library.${name} as from gone; drop table gone`);
  return Promise.all(
    searchPaths.map(async (path) => {
      const connection = await connect();
      const known = path.filter((schema) => schema !== "nothing").map((schema) => `mesh.${schema}`);
      await connection.run(`use mesh; set search_path = '${known.join(",")}'`);
      return connection;
    }),
  );
}

/** A statement, and which of the search paths it is asked by. */
interface Asked extends GeneratedStatement {
  readonly path: number;
}

function generate(pick: Pick): Asked {
  const path = pick(searchPaths.length * 2);
  const short = path < searchPaths.length;
  return { ...new StatementGrammar(pick, short).statement(), path: short ? path : 0 };
}

type AskedText = Omit<Asked, "honest" | "forbidden">;

type Answer = { readonly rows: readonly string[] } | { readonly error: string; readonly code: string };

async function securedAnswer({ decisions }: Place, { sql: statement, path }: AskedText, engine = sql): Promise<Answer> {
  try {
    const prepared = await engine.prepare(statement, readerOf(decisions, searchPaths[path]));
    const rows = await prepared.rows([], { signal: new AbortController().signal });
    return { rows: rows.map(asText) };
  } catch (error) {
    if (!isMeshError(error)) throw error;
    return { error: `${error.message} ${error.hint} ${JSON.stringify(error.at)}`, code: error.code };
  }
}

async function oracleAnswer({ oracles }: Place, { sql: statement, path }: AskedText): Promise<Answer> {
  try {
    const oracle = oracles[path] as DuckDBConnection;
    return { rows: readRows(await oracle.run(statement)).map(asText) };
  } catch (error) {
    return { error: String(error), code: "" };
  }
}

function asText(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.values(row), (_key, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
}

/** Nothing that is hidden stands in an answer, however it is turned round. */
function expectNoLeak({ hidden }: Place, answer: Answer, statement: string): void {
  const text = "rows" in answer ? answer.rows.join("\n") : answer.error;
  const found = text.match(/[a-z]+\d+x/g)?.filter((word) => hidden.has(word) && !statement.includes(word)) ?? [];
  expect(found, statement).toEqual([]);
  if ("code" in answer) expect(answer.code, statement).not.toBe("warehouse/engine-broken");
  const inner = /masked_text_(inner|outer)|\/etc\/|snapshot_\d|\bs_\d+\./.exec(text)?.[0];
  expect(inner !== undefined && !statement.includes(inner), `${statement}: ${text}`).toBe(false);
}

/** A tape of numbers, which fast-check makes shorter and smaller when something is wrong. */
const tape = fc.array(fc.nat({ max: 0xffff }), { minLength: 50, maxLength: 110, size: "max" });

function reader(numbers: readonly number[]): Pick {
  let at = 0;
  return (n) => (numbers[at++] ?? 0) % n;
}

const counts = { answered: 0, refused: 0, forbidden: 0, mutated: 0, ordered: 0 };

async function tryGenerated(numbers: readonly number[]): Promise<void> {
  const pick = reader(numbers);
  const place = worlds[pick(worldCount)] as Place;
  const generated = generate(pick);
  const answer = await securedAnswer(place, generated);
  expectNoLeak(place, answer, generated.sql);
  if (generated.forbidden) {
    expect(answer, generated.sql).toHaveProperty(
      "code",
      expect.stringMatching(/refused|aggregates-only|unknown-table/),
    );
    counts.forbidden += 1;
    return;
  }
  compare(answer, await oracleAnswer(place, generated), generated);
  await compareOrder(place, answer, generated);
}

/** Where nobody sees the keys that rows are stored by, rows come as they would if they were stored otherwise. */
async function compareOrder(place: Place, answer: Answer, generated: Asked): Promise<void> {
  if (!place.isOrderHidden || "error" in answer) return;
  const again = await securedAnswer(place, generated, turned);
  // A value that fails may come first.
  if ("error" in again) return;
  expect(again, generated.sql).toEqual(answer);
  if (new Set(answer.rows).size > 2) counts.ordered += 1;
}

function compare(answer: Answer, truth: Answer, { sql: statement, honest }: GeneratedStatement): void {
  if ("rows" in answer && "rows" in truth) {
    expect(answer.rows.toSorted(), statement).toEqual(truth.rows.toSorted());
    counts.answered += 1;
    return;
  }
  counts.refused += 1;
  // Which conditions come first is the engine's choice, and so whether a value fails.
  if (!honest || ("error" in answer && "error" in truth)) return;
  if ("error" in answer && answer.code === "access/sql-aggregates-only") return;
  expect(answer, statement).toEqual(truth);
}

/** Another statement's piece, a character gone, doubled or exchanged. */
async function tryMutated([one, other, changes]: readonly [number[], number[], readonly number[]]): Promise<void> {
  const pick = reader(changes);
  const place = worlds[pick(worldCount)] as Place;
  const { sql: text, path } = generate(reader(one));
  const statement = mutate(text, generate(reader(other)).sql, pick);
  const answer = await securedAnswer(place, { sql: statement, path });
  expectNoLeak(place, answer, statement);
  counts.mutated += 1;
  if (!("rows" in answer) || /limit|over|order/i.test(statement)) return;
  const truth = await oracleAnswer(place, { sql: statement, path });
  expect("rows" in truth ? truth.rows.toSorted() : truth, statement).toEqual(answer.rows.toSorted());
}

const odd = [
  '"',
  "'",
  "$$",
  "--",
  "/*",
  "*/",
  ";",
  "(",
  ")",
  "\\",
  "\u00a0",
  "é",
  "\u200b",
  ".",
  ",",
  "\0",
  "😀",
  "U&",
  "e'",
];

function mutate(text: string, donor: string, pick: Pick): string {
  let mutated = text;
  for (let count = 1 + pick(3); count > 0; count -= 1) {
    const at = pick(mutated.length + 1);
    const length = pick(4);
    const piece = [
      odd[pick(odd.length)] ?? "",
      donor.slice(pick(donor.length + 1)).slice(0, pick(30)),
      mutated.slice(at, at + length),
    ];
    mutated = mutated.slice(0, at) + (piece[pick(3)] ?? "") + mutated.slice(at + (pick(2) === 0 ? length : 0));
  }
  return mutated;
}

/** The message names the statement, which says more than the numbers it was made of. */
const asFound = { endOnFailure: true, includeErrorInReport: true } as const;

const rounds = (share: number) => Math.ceil((cases * share) / together);

test(`${cases} statements are answered as by an engine that holds what is seen`, async () => {
  const batch = fc.array(tape, { minLength: together, maxLength: together, size: "max" });
  const property = fc.asyncProperty(batch, async (tapes) => {
    await Promise.all(tapes.map(tryGenerated));
  });
  await fc.assert(property, { numRuns: rounds(0.7), ...asFound });
  expect(counts.answered, JSON.stringify(counts)).toBeGreaterThan(cases * 0.7 * 0.3);
  // Of a few hundred it is a matter of luck.
  if (cases >= 3000) {
    expect(counts.ordered, JSON.stringify(counts)).toBeGreaterThan(cases / 100);
    expect(counts.forbidden).toBeGreaterThan(0);
  }
});

test("nor does damage to a statement let anything through", async () => {
  const mutation = fc.tuple(
    tape,
    tape,
    fc.array(fc.nat({ max: 0xffff }), { minLength: 20, maxLength: 20, size: "max" }),
  );
  const batch = fc.array(mutation, { minLength: together, maxLength: together, size: "max" });
  const property = fc.asyncProperty(batch, async (mutations) => {
    await Promise.all(mutations.map(tryMutated));
  });
  await fc.assert(property, { numRuns: rounds(0.3), ...asFound });
  expect(counts.mutated).toBeGreaterThanOrEqual(cases * 0.3);
});
