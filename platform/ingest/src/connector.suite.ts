import { inspect } from "node:util";
import { type Landing, openLanding } from "@thoth/testing/landing";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { describe, expect, test } from "vitest";
import type { ColumnSpecs } from "./column-spec.ts";
import type { Batch, Stream } from "./connector.ts";
import type { MaxRejectedShare } from "./max-rejected-share.ts";

/** A thing as its source holds it. Numbers that JavaScript cannot hold are texts; `secret` is never declared. */
export interface SuiteRow {
  readonly id: number;
  readonly name: string | null;
  /** Decimal text. */
  readonly amount: string | null;
  /** Text of a whole number of up to 38 digits. */
  readonly big: string | null;
  /** ISO 8601 with an offset. */
  readonly at: string | null;
  readonly day: string | null;
  readonly ok: boolean | null;
  readonly payload: Readonly<Record<string, unknown>> | null;
  readonly who: string | null;
  readonly secret: string;
}

export const suiteColumns = {
  id: "BIGINT",
  name: "VARCHAR",
  amount: "DECIMAL(38,9)",
  big: "HUGEINT",
  at: "TIMESTAMP WITH TIME ZONE",
  day: "DATE",
  ok: "BOOLEAN",
  payload: "JSON",
  who_key: { type: "VARCHAR", from: "who", pseudonymise: true },
} as const satisfies ColumnSpecs;

/** A source that the suite fills. */
export interface SuiteSource extends AsyncDisposable {
  /** Where `openLanding` looks for files; a folder of its own unless given. */
  readonly sourcesDir?: string;
  /** Adds rows to what is there; their ids rise from call to call. */
  add(rows: readonly SuiteRow[]): Promise<void>;
  /** From now on rows have one more field that nobody declared: `api_token`, always {@link newFieldValue}. */
  addField(): Promise<void>;
  /** A stream named `things` over all rows that were added, in small batches. */
  stream(columns: ColumnSpecs, more?: MaxRejectedShare): Stream;
  /** Rows that have left the source so far; absent when the engine itself reads the source. */
  handedOut?(): Promise<number> | number;
}

export interface SuiteExceptions {
  /** A row may lack a declared field; it is null then. */
  readonly lackIsNull?: boolean;
  /** The source always yields everything, in one batch that replaces what was there. */
  readonly wholeOnly?: boolean;
  /** Whoever reads the source sees the declared fields only. */
  readonly newFieldsUnseen?: boolean;
  /** A text that holds the character NUL cannot be in this source. */
  readonly noNul?: boolean;
  /** Columns that the connector adds behind the declared ones. */
  readonly addedColumns?: readonly (readonly [name: string, type: string])[];
  /** Rows added for the tests of several batches. */
  readonly manyRows?: number;
}

export const newFieldValue = "not-for-us";

const manyRows = 600;

/**
 * What every connector promises: values arrive as they are, each row once however often a load is cut off, nothing that
 * is not declared is read, and the source is not read ahead of what lands.
 */
export function suiteConnector(name: string, open: () => Promise<SuiteSource>, exceptions: SuiteExceptions = {}): void {
  describe(`connector suite: ${name}`, () => {
    test("the raw table has the declared columns, in order, with their types", () =>
      withSource(open, async ({ landing, source }) => {
        await source.add([plainRow(1)]);
        await landing.land(source.stream(suiteColumns));
        const columns = await landing.query("describe raw.things");
        expect(columns.map((column) => [column.column_name, column.column_type])).toEqual([
          ...Object.entries(suiteColumns).map(([column, spec]) => [
            column,
            typeof spec === "string" ? spec : spec.type,
          ]),
          ...(exceptions.addedColumns ?? []),
          ["_run_id", "VARCHAR"],
          ["_loaded_at", "TIMESTAMP WITH TIME ZONE"],
          ["_source", "VARCHAR"],
        ]);
      }));

    test("carries nulls, texts, exact numbers, times and JSON as they are", () =>
      withSource(open, async ({ landing, source }) => {
        const rows = trickyRows(exceptions).map((row, index) => ({ ...plainRow(index + 1), ...row }));
        await source.add(rows);
        expect(await landing.land(source.stream(suiteColumns))).toMatchObject({ rowsRead: rows.length });
        expect(await landing.query(readBack)).toEqual(rows.map((row) => expectedRow(row)));
      }));

    test("the next load brings what is new, and one more brings nothing", () =>
      withSource(open, async ({ landing, source }) => {
        const stream = source.stream(suiteColumns);
        await source.add([plainRow(1), plainRow(2)]);
        const first = await landing.land(stream);
        expect(first).toMatchObject({ rowsRead: 2, rowCountAfter: 2, checkpointBefore: null });
        await source.add([plainRow(3)]);
        const second = await landing.land(stream);
        expect(second).toMatchObject({ rowsRead: exceptions.wholeOnly ? 3 : 1, rowCountAfter: 3 });
        expect(second.checkpointBefore).toEqual(first.checkpointAfter);
        expect(await landing.land(stream)).toMatchObject({ rowsInserted: 0, rowsDeleted: 0, rowCountAfter: 3 });
        expect(await ids(landing)).toEqual([1, 2, 3]);
        expect(await landing.land(stream, { full: true })).toMatchObject({ rowsRead: 3, rowCountAfter: 3 });
      }));

    test("a row with a time in the future lands once, and hides nothing that comes after it", () =>
      withSource(open, async ({ landing, source }) => {
        const stream = source.stream(suiteColumns);
        await source.add([{ ...plainRow(1), at: "2038-01-01T00:00:00.000Z" }, plainRow(2)]);
        expect(await landing.land(stream)).toMatchObject({ rowCountAfter: 2 });
        await source.add([plainRow(3)]);
        expect(await landing.land(stream)).toMatchObject({ rowsRead: exceptions.wholeOnly ? 3 : 1, rowCountAfter: 3 });
        expect(await landing.land(stream)).toMatchObject({ rowsInserted: 0, rowsDeleted: 0, rowCountAfter: 3 });
        expect(await ids(landing)).toEqual([1, 2, 3]);
      }));

    test("a load cut off in the middle keeps what was durable; the next one brings the rest, each row once", () =>
      withSource(open, async ({ landing, source }) => {
        const all = await addMany(source, exceptions);
        const stop = new AbortController();
        const stream = source.stream(suiteColumns);
        const cut = landing.land(abortedAfterFirst(stream, stop), { signal: stop.signal });
        if (exceptions.wholeOnly) await cut.catch(() => undefined);
        else await expect(cut).rejects.toMatchObject({ name: "AbortError" });
        const durable = (await ids(landing)).length;
        if (!exceptions.wholeOnly) expect(durable).toBeGreaterThan(0);
        if (!exceptions.wholeOnly) expect(durable).toBeLessThan(all);
        await landing.land(stream);
        expect(await ids(landing)).toEqual(numbersTo(all));
      }));

    test("what was aborted before it began reads and changes nothing", () =>
      withSource(open, async ({ landing, source }) => {
        await source.add([plainRow(1)]);
        const aborted = landing.land(source.stream(suiteColumns), { signal: AbortSignal.abort() });
        await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
        expect(await ids(landing)).toEqual([]);
      }));

    test("a field that nobody declared is ignored, before and after it appears, and told of where the source has columns", () =>
      withSource(open, async ({ landing, source }) => {
        const stream = source.stream(suiteColumns);
        await source.add([plainRow(1)]);
        await landing.land(stream);
        await source.addField();
        await source.add([plainRow(2)]);
        const second = await landing.land(stream);
        expect(await ids(landing)).toEqual([1, 2]);
        const added = second.drift?.added.map(({ name }) => name) ?? [];
        expect(added).toEqual(exceptions.newFieldsUnseen ? [] : ["api_token"]);
        expect(second.drift?.gone ?? []).toEqual([]);
        await source.add([plainRow(3)]);
        expect((await landing.land(stream)).drift?.added ?? []).toEqual([]);
        const everything = await landing.query("select * from raw.things, mesh.source_columns").catch(() => []);
        expect(inspect([second, everything], { depth: 20 })).not.toMatch(newFieldValue);
      }));

    test("a declared field that the source lacks is an error with its name, or null when it is optional", () =>
      withSource(open, async ({ landing, source }) => {
        await source.add([plainRow(1)]);
        const optional = source.stream({ ...suiteColumns, absent: { type: "VARCHAR", optional: true } });
        await landing.land(optional);
        expect(await landing.query("select absent from raw.things")).toEqual([{ absent: null }]);
        if (exceptions.lackIsNull) return;
        const strict = landing.land(source.stream({ ...suiteColumns, absent_since_ended: "VARCHAR" }), { full: true });
        await expect(strict).rejects.toMatchObject({
          code: "ingest/missing-column",
          message: expect.stringContaining("absent_since_ended"),
          at: expect.anything(),
        });
        expect(await ids(landing)).toEqual([1]);
      }));

    test("a value that does not fit names the column and leaves nothing behind", () =>
      withSource(open, async ({ landing, source }) => {
        await source.add([{ ...plainRow(1), name: "seven" }]);
        for (const type of ["INTEGER", "TIMESTAMP WITH TIME ZONE"]) {
          const wrong = landing.land(source.stream({ ...suiteColumns, name: type }), { full: true });
          await expect(wrong).rejects.toMatchObject({ code: "ingest/wrong-type", at: expect.anything() });
        }
        expect(await ids(landing)).toEqual([]);
      }));

    test("rows with a value that does not fit are held back whole where the stream does without a few, once", () =>
      withSource(open, async ({ landing, source }) => {
        const stream = source.stream(narrowColumns, { maxRejectedShare: 0.8 });
        await source.add([narrowRow(1), ...misfits, narrowRow(5)]);
        const first = await landing.land(stream);
        expect(first).toMatchObject({ rowsRead: 5, rowsInserted: 2, rowsRejected: 3, rowCountAfter: 2 });
        expect(await ids(landing)).toEqual([1, 5]);
        const held = await landing.query(quarantine);
        expect(held.map(({ run, product, rules, reasons }) => ({ run, product, rules, reasons }))).toEqual([
          { run: "run-1", product: "raw.things", rules: ["type:name"], reasons: ["name must be a INTEGER"] },
          { run: "run-1", product: "raw.things", rules: ["type:amount"], reasons: ["amount must be a DECIMAL(6,2)"] },
          {
            run: "run-1",
            product: "raw.things",
            rules: ["type:name", "type:big"],
            reasons: ["name must be a INTEGER", "big must be a UTINYINT"],
          },
        ]);
        const hash = expect.stringMatching(/^[0-9a-f]{16}$/);
        const texts = { id: "2", name: "seven", who_key: hash, _source: expect.any(String) };
        expect(JSON.parse(String(held[0]?.row))).toMatchObject(texts);
        expect(inspect([held, first], { depth: 20 })).not.toMatch(/hush-hush|ann@example/);
        await source.add([narrowRow(6)]);
        const rejected = exceptions.wholeOnly ? 3 : 0;
        expect(await landing.land(stream)).toMatchObject({ rowsRejected: rejected, rowCountAfter: 3 });
        expect(await landing.land(stream)).toMatchObject({ rowsInserted: 0, rowsRejected: 0, rowCountAfter: 3 });
      }));

    test("more of them than the stream does without end the load, and nothing of the batch lands", () =>
      withSource(open, async ({ landing, source }) => {
        await source.add([narrowRow(1), ...misfits]);
        const landed = landing.land(source.stream(narrowColumns, { maxRejectedShare: 0.7 }));
        await expect(landed).rejects.toMatchObject({
          code: "ingest/too-many-misfits",
          message: expect.stringMatching(/^3 of 4 rows of things .* the first: name must be a INTEGER$/),
          at: expect.anything(),
        });
        expect(await ids(landing)).toEqual([]);
        const without = landing.land(source.stream(narrowColumns));
        await expect(without).rejects.toMatchObject({ code: "ingest/wrong-type" });
        await landing.land(source.stream(narrowColumns, { maxRejectedShare: 0.75 }));
        expect(await ids(landing)).toEqual([1]);
      }));

    test("a number with more digits behind the point than declared is never rounded; zeros at its end are no digits", () =>
      withSource(open, async ({ landing, source }) => {
        const columns = { ...suiteColumns, name: "INTEGER", amount: "DECIMAL(6,2)" } as const;
        const fitting = { amount: "1.250000", name: "7.0" };
        await source.add([
          { ...plainRow(1), ...fitting },
          { ...plainRow(2), ...fitting, amount: "1.255" },
          { ...plainRow(3), ...fitting, name: "7.5" },
        ]);
        await expect(landing.land(source.stream(columns), { full: true })).rejects.toMatchObject({
          code: "ingest/wrong-type",
          message: expect.stringMatching(/^Column (amount holds "1.255|name holds "7.5)/),
          at: expect.anything(),
        });
        expect(await ids(landing)).toEqual([]);
        const sifted = source.stream(columns, { maxRejectedShare: 0.7 });
        expect(await landing.land(sifted, { full: true })).toMatchObject({ rowsInserted: 1, rowsRejected: 2 });
        const [kept] = await landing.query("select name, amount::varchar as amount from raw.things");
        expect(kept).toEqual({ name: 7, amount: "1.25" });
        const held = await landing.query(quarantine);
        expect(held.map(({ rules }) => rules)).toEqual([["type:amount"], ["type:name"]]);
        expect(JSON.parse(String(held[0]?.row))).toMatchObject({ amount: expect.stringMatching(/^1\.2550*$/) });
      }));

    test("what is sifted and fits arrives as it does without sifting", () =>
      withSource(open, async ({ landing, source }) => {
        const rows = trickyRows(exceptions).map((row, index) => ({ ...plainRow(index + 1), ...row }));
        await source.add(rows);
        const landed = await landing.land(source.stream(suiteColumns, { maxRejectedShare: 0.01 }));
        expect(landed).toMatchObject({ rowsRead: rows.length, rowsRejected: 0 });
        expect(await landing.query(readBack)).toEqual(rows.map((row) => expectedRow(row)));
      }));

    test("secrets never land, not within JSON either, and a pseudonymised value lands only as its hash", () =>
      withSource(open, async ({ landing, source }) => {
        const payload = {
          api_key: 'hush-hush "',
          n: [{ accessToken: "hush-hush", token: 7 }],
          token_count: "3",
          k: "token",
        };
        await source.add([
          { ...plainRow(1), payload },
          { ...plainRow(2), who: null },
          { ...plainRow(3), name: "seven", payload },
        ]);
        const result = await landing.land(source.stream(suiteColumns));
        const [{ payload: kept }] = (await landing.query("select payload from raw.things order by id")) as [SqlRow];
        const cleared = { api_key: null, n: [{ accessToken: null, token: null }], token_count: "3", k: "token" };
        expect(kept).toEqual(cleared);
        await landing.land(source.stream({ ...suiteColumns, payload: "VARCHAR" }), { full: true });
        const texts = (await landing.query("select payload from raw.things order by id")).map((row) => row.payload);
        expect(texts.map((text) => JSON.parse(String(text)))).toEqual([cleared, { n: 2 }, cleared]);
        await landing.land(source.stream(narrowColumns, { maxRejectedShare: 1 }), { full: true });
        const held = await landing.query(quarantine);
        expect(held).toHaveLength(3);
        expect(JSON.parse(JSON.parse(String(held[0]?.row)).payload)).toEqual(cleared);
        expect(inspect(held, { depth: 20 })).not.toMatch(/hush-hush|ann@example/);
        expect(() => source.stream({ ...suiteColumns, secret: "VARCHAR" })).toThrow(
          expect.objectContaining({ code: "ingest/secret-column" }),
        );
        await landing.land(source.stream(suiteColumns), { full: true });
        const rows = await landing.query("select * from raw.things order by id");
        expect(inspect([rows, result], { depth: 20 })).not.toMatch(/hush-hush|ann@example/);
        const [first, second, third] = rows.map((row) => row.who_key);
        expect(first).toMatch(/^[0-9a-f]{16}$/);
        expect([second, third]).toEqual([null, first]);
      }));

    test("nothing is read far ahead of what lands", () =>
      withSource(open, async ({ landing, source }) => {
        if (source.handedOut === undefined) return;
        const all = await addMany(source, exceptions);
        let furthest = 0;
        const measured = watchEach(source.stream(suiteColumns), async () => {
          const handedOut = Number(await source.handedOut?.());
          furthest = Math.max(furthest, handedOut - (await ids(landing)).length);
        });
        await landing.land(measured);
        expect(Number(await source.handedOut())).toBeGreaterThanOrEqual(all);
        expect(furthest).toBeLessThan(all / 2);
        expect(await ids(landing)).toEqual(numbersTo(all));
      }));
  });
}

export function plainRow(id: number): SuiteRow {
  return {
    id,
    name: `thing ${id}`,
    amount: "1.5",
    big: "7",
    at: new Date(Date.UTC(2026, 0, 1) + id * 1000).toISOString(),
    day: "2026-01-01",
    ok: true,
    payload: { n: id },
    who: "ann@example.org",
    secret: "hush-hush",
  };
}

/** Types that not every value of a source fits. */
const narrowColumns = { ...suiteColumns, name: "INTEGER", amount: "DECIMAL(6,2)", big: "UTINYINT" } as const;

const narrowRow = (id: number): SuiteRow => ({ ...plainRow(id), name: String(id) });

const misfits: readonly SuiteRow[] = [
  { ...narrowRow(2), name: "seven" },
  { ...narrowRow(3), amount: "123456.5" },
  { ...narrowRow(4), name: "2026-13-01", big: "-1" },
];

const quarantine = `select run_id as run, product, rules, reasons, "row"::varchar as "row" from mesh.rejected_rows
order by ("row" ->> 'id')::integer`;

function trickyRows({ noNul = false }: SuiteExceptions): Partial<SuiteRow>[] {
  return [
    {},
    { name: null, amount: null, big: null, day: null, ok: null, payload: null, who: null },
    { name: "" },
    { name: ' a "b", c\\d;\n"e,f"\r\n2,x\t ' },
    { name: "NULL" },
    { name: "\\N" },
    { name: "\\." },
    { name: "Zoë 漢字 🧪 e\u0301 \u202e" },
    ...(noNul ? [] : [{ name: "a\u0000b" }]),
    { amount: "12345678901234567890123456789.123456789" },
    { amount: "-0.000000001" },
    { big: "9007199254740993" },
    { big: "-99999999999999999999999999999999999999" },
    { at: "2026-07-01T09:30:00.123456+10:00" },
    { at: "1901-12-13T20:45:52.000001Z" },
    { day: "2024-02-29" },
    { ok: false },
    { payload: { a: [1, 2.5, null, { b: 'x"y' }], c: "é\n", d: false } },
  ];
}

const readBack = `select id, name, amount::varchar as amount, big::varchar as big,
  strftime("at"::timestamp, '%Y-%m-%dT%H:%M:%S.%f') as "at", day::varchar as day, ok, payload from raw.things order by id`;

function expectedRow(row: SuiteRow): Record<string, unknown> {
  const { name, amount, big, at, day, ok, payload } = row;
  const fraction = (text: string) => `${text}${text.includes(".") ? "" : "."}`;
  return {
    id: BigInt(row.id),
    name,
    amount:
      amount === null ? null : fraction(amount).replace(/\.(\d*)$/, (_all, digits) => `.${digits.padEnd(9, "0")}`),
    big,
    at: at === null ? null : utcMicros(at),
    day,
    ok,
    payload,
  };
}

/** `2026-07-01T09:30:00.123456+10:00` → `2026-06-30T23:30:00.123456` */
function utcMicros(iso: string): string {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? "";
  const whole = new Date(iso.replace(/\.\d+/, "")).toISOString().slice(0, 19);
  return `${whole}.${fraction.padEnd(6, "0")}`;
}

interface Opened {
  readonly landing: Landing;
  readonly source: SuiteSource;
}

async function withSource(open: () => Promise<SuiteSource>, work: (opened: Opened) => Promise<void>): Promise<void> {
  await using source = await open();
  const { sourcesDir } = source;
  await using landing = await openLanding(sourcesDir === undefined ? {} : { sourcesDir });
  await work({ landing, source });
}

async function addMany(source: SuiteSource, exceptions: SuiteExceptions): Promise<number> {
  const all = exceptions.manyRows ?? manyRows;
  await source.add(numbersTo(all).map(plainRow));
  return all;
}

function numbersTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1);
}

async function ids(landing: Landing): Promise<number[]> {
  const tables = "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = 'things'";
  if ((await landing.query(tables)).length === 0) return [];
  return (await landing.query("select id from raw.things order by id")).map((row) => Number(row.id));
}

function abortedAfterFirst(stream: Stream, stop: AbortController): Stream {
  return watchEach(stream, async () => stop.abort());
}

/** Calls `then` whenever a batch is durable and the next one has not been asked for. */
function watchEach(stream: Stream, then: () => Promise<void>): Stream {
  return { ...stream, read: (context) => watched(stream.read(context), then) };
}

async function* watched(batches: AsyncIterable<Batch>, then: () => Promise<void>): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    yield batch;
    await then();
  }
}
