import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  extreme,
  type Group,
  type GroupSpec,
  groupRows,
  median,
  moveForward,
  numbers,
  sum,
  sumPrices,
} from "./fixtures/aggregate.ts";
import { ask, contextFor } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";
import { blank, loadReadings, openLab, type Reading, readings, shown, someReadings } from "./fixtures/readings.ts";

const lab = readings();
let engine: TestEngine;

beforeAll(async () => {
  engine = await openLab();
});
afterAll(async () => engine[Symbol.asyncDispose]());

const measures = `count countDistinct { label number kind } sum { number price level big } avg { number price }
  min { label day price at } max { label day number } median { number level } ratio(of: NUMBER, to: PRICE)`;

const query = `query ($where: ReadingWhere, $groupBy: [ReadingColumn!], $bucket: ReadingBucket, $compareTo: ComparePeriod, $having: ReadingHaving, $orderBy: [ReadingAggregateOrderBy!], $first: Int) {
  readingsAggregate(where: $where, groupBy: $groupBy, bucket: $bucket, compareTo: $compareTo, having: $having, orderBy: $orderBy, first: $first) {
    group { label number flag kind day } bucket ${measures} previous { ${measures} }
  }
}`;

async function aggregates(variables: object) {
  const { data, errors } = await ask(lab, contextFor(engine), query, variables as Record<string, unknown>);
  expect(errors).toBeUndefined();
  return data.readingsAggregate;
}

const kindNames = new Map<unknown, string>([
  ["low", "LOW"],
  ["mid-way", "MID_WAY"],
  ["HIGH", "HIGH"],
]);

/** What the query shows of these rows, computed here. */
function measured(rows: readonly Reading[]) {
  const distinct = (column: keyof Reading) =>
    new Set(rows.map((row) => row[column]).filter((value) => value !== null)).size;
  const mean = (values: readonly number[]) => close(values.length === 0 ? null : (sum(values) ?? 0) / values.length);
  const [of, to] = [sum(numbers(rows, "number")), Number(sumPrices(rows) ?? 0)];
  const bigs = rows.flatMap(({ big }) => (big === null ? [] : [big]));
  const total = bigs.reduce((left, right) => left + right, 0n);
  return {
    count: rows.length,
    countDistinct: { label: distinct("label"), number: distinct("number"), kind: distinct("kind") },
    sum: {
      number: sum(numbers(rows, "number")),
      price: sumPrices(rows),
      level: close(sum(numbers(rows, "level"))),
      big: bigs.length === 0 ? null : Number.isSafeInteger(Number(total)) ? Number(total) : String(total),
    },
    avg: { number: mean(numbers(rows, "number")), price: mean(numbers(rows, "price")) },
    min: {
      label: extreme(rows, "label", 1),
      day: extreme(rows, "day", 1),
      price: extreme(rows, "price", 1),
      at: toMs(extreme(rows, "at", 1)),
    },
    max: { label: extreme(rows, "label", -1), day: extreme(rows, "day", -1), number: extreme(rows, "number", -1) },
    median: { number: close(median(numbers(rows, "number"))), level: close(median(numbers(rows, "level"))) },
    ratio: of === null || to === 0 ? null : close(of / to),
  };
}

const toMs = (moment: unknown) => (typeof moment === "string" ? `${moment.slice(0, 23)}Z` : null);

/** To nine digits, of numbers below one to nine places: what is left where others cancel out is as small as one pleases. */
function close(value: number | null): unknown {
  if (value === null) return null;
  const places = value === 0 ? 9 : 9 - Math.ceil(Math.log10(Math.abs(value)));
  return expect.closeTo(value, Math.min(9, Math.max(0, places)));
}

function expectedRow(found: Group, { groupBy }: GroupSpec, previous: Group | undefined) {
  const shownGroup = { label: null, number: null, flag: null, kind: null, day: null };
  const group = Object.fromEntries(
    groupBy.map((column) => [
      column,
      column === "kind" ? (kindNames.get(found.group.kind) ?? null) : found.group[column],
    ]),
  );
  return {
    group: { ...shownGroup, ...group },
    bucket: found.bucket,
    ...measured(found.rows),
    previous: previous === undefined ? null : measured(previous.rows),
  };
}

const someSpec: fc.Arbitrary<GroupSpec> = fc.record({
  groupBy: fc.uniqueArray(fc.constantFrom("label", "number", "flag", "kind", "day"), { maxLength: 3 }),
  bucket: fc.option(
    fc.oneof(
      fc.record({
        column: fc.constant("day" as const),
        every: fc.constantFrom("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"),
      }),
      fc.record({
        column: fc.constantFrom("at" as const, "local" as const),
        every: fc.constantFrom("HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"),
      }),
    ),
  ),
});

const variablesOf = ({ groupBy, bucket }: GroupSpec) => ({
  groupBy: groupBy.map((column) => column.toUpperCase()),
  bucket: bucket && { column: bucket.column.toUpperCase(), every: bucket.every },
});

test("random groups and buckets agree with sums made in memory", async () => {
  const property = fc.asyncProperty(someReadings, someSpec, async (rows, spec) => {
    await loadReadings(engine, rows);
    const expected = [...groupRows(rows.map(shown), spec).values()].map((group) => expectedRow(group, spec, undefined));
    const found = await aggregates(variablesOf(spec));
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(engine.statements).toHaveLength(1);
  });
  await fc.assert(property, { numRuns: 40 });
});

const oneBucket = {
  HOUR: { hours: 1 },
  DAY: { days: 1 },
  WEEK: { days: 7 },
  MONTH: { months: 1 },
  QUARTER: { months: 3 },
  YEAR: { months: 12 },
} as const;

test("the previous period agrees with moving every row forward by hand", async () => {
  const withBucket = someSpec.filter(({ bucket }) => bucket !== null);
  const compare = fc.constantFrom("PREVIOUS_PERIOD", "PREVIOUS_YEAR");
  const denser = someReadings.map((rows) => rows.flatMap((row, index) => [row, moved(row, index)]));
  const property = fc.asyncProperty(denser, withBucket, compare, async (rows, spec, compareTo) => {
    await loadReadings(engine, rows);
    const every = spec.bucket?.every as keyof typeof oneBucket;
    const by = compareTo === "PREVIOUS_PERIOD" ? oneBucket[every] : every === "WEEK" ? { days: 364 } : { months: 12 };
    const time = spec.bucket?.column ?? "day";
    const past = rows
      .map(shown)
      .filter((row) => row[time] !== null)
      .map((row) => ({ ...row, [time]: moveForward(row[time], by) }));
    const pastGroups = groupRows(past, spec);
    const expected = [...groupRows(rows.map(shown), spec)].map(([key, group]) =>
      expectedRow(group, spec, pastGroups.get(key)),
    );
    const found = await aggregates({ ...variablesOf(spec), compareTo });
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(engine.statements).toHaveLength(1);
  });
  await fc.assert(property, { numRuns: 40 });
});

/** The same row some time later, so that periods have something to be compared with. */
function moved(row: Reading, index: number): Reading {
  const by = [{ hours: 1 }, { days: 7 }, { months: 1 }, { months: 12 }, { days: 364 }][index % 5] ?? {};
  return {
    ...row,
    id: row.id + 100,
    day: moveForward(row.day, by),
    at: moveForward(row.at, by),
    local: moveForward(row.local, by),
  };
}

const dayRow = (id: number, day: string, number: number) => ({ ...blank, id, day, number });

describe("comparing without a bucket", () => {
  const rows = [
    dayRow(1, "2025-03-19", 1),
    dayRow(2, "2026-03-04", 10),
    dayRow(3, "2026-03-05", 20),
    dayRow(4, "2026-03-11", 40),
    dayRow(5, "2026-03-12", 80),
    dayRow(6, "2026-03-18", 160),
    dayRow(7, "2026-03-19", 320),
  ];
  test.each<[day: object, compareTo: string, now: number, before: number | null, why: string]>([
    [{ withinLast: "P1W" }, "PREVIOUS_PERIOD", 240, 60, "the seven days before the last seven"],
    [{ withinLast: "P1W" }, "PREVIOUS_YEAR", 240, 1, "whole weeks: 52 weeks earlier"],
    [{ gte: "2026-03-11", lt: "2026-03-13" }, "PREVIOUS_PERIOD", 120, null, "the two days before, empty"],
    [{ gte: "2026-03-11", lte: "2026-03-17" }, "PREVIOUS_PERIOD", 120, 30, "both ends included are seven days"],
    [{ gt: "2026-03-10", lt: "2026-03-18" }, "PREVIOUS_PERIOD", 120, 30, "neither end included are seven days"],
    [{ gte: "2026-03-19", lt: "2026-03-22" }, "PREVIOUS_YEAR", 320, 1, "a calendar year"],
  ])("%j against %s: %s beside %s, %s", async (day, compareTo, now, before) => {
    await loadReadings(engine, rows);
    const [row] = await aggregates({ where: { and: [{ day }] }, compareTo });
    expect([row.sum.number, row.previous.sum.number]).toEqual([now, before]);
  });

  test.each([
    [{}],
    [{ where: { day: { gte: "2026-01-01" } } }],
    [{ where: { or: [{ day: { withinLast: "P1W" } }] } }],
    [{ where: { day: { withinLast: "P1W" }, at: { withinLast: "P1W" } } }],
  ])("%j says what is missing", async (variables) => {
    const { data, errors } = await ask(lab, contextFor(engine), query, { ...variables, compareTo: "PREVIOUS_PERIOD" });
    expect(data.readingsAggregate).toBeNull();
    expect(errors?.[0]?.extensions).toMatchObject({ code: "subgraph/compare-needs-time" });
  });
});

describe("the filter applies to the moved time", () => {
  test("the first bucket of a range is compared with what lies before the range", async () => {
    await loadReadings(engine, [dayRow(1, "2026-03-02", 5), dayRow(2, "2026-03-09", 7)]);
    const found = await aggregates({
      where: { day: { gte: "2026-03-09" } },
      bucket: { column: "DAY", every: "WEEK" },
      compareTo: "PREVIOUS_PERIOD",
    });
    expect(found).toMatchObject([
      { bucket: "2026-03-09T00:00:00.000Z", sum: { number: 7 }, previous: { sum: { number: 5 } } },
    ]);
  });
});

describe("which groups, and in which order", () => {
  const rows: Reading[] = [
    { ...blank, id: 1, kind: "low", number: 1, price: "1.00", flag: true },
    { ...blank, id: 2, kind: "low", number: 2, price: "1.00" },
    { ...blank, id: 3, kind: "HIGH", number: 9, price: "3.00" },
    { ...blank, id: 4, kind: null, number: null, price: "5.00" },
  ];
  const low = "LOW";
  const high = "HIGH";
  test.each<[variables: object, kinds: (string | null)[], why: string]>([
    [{}, [high, low, null], "by default the group columns, missing values last"],
    [{ having: { count: { gte: 2 } } }, [low], ""],
    [{ having: { sum: { number: { gt: 3 } } } }, [high], ""],
    [{ having: { not: { sum: { number: { gt: 3 } } } } }, [low, null], "groups without a sum pass the opposite"],
    [{ having: { or: [{ avg: { number: { eq: 1.5 } } }, { max: { price: { eq: "5" } } }] } }, [low, null], ""],
    [{ having: { countDistinct: { flag: { eq: 1 } }, median: { number: { lt: 2 } } } }, [low], ""],
    [{ having: { min: { kind: { isNull: false } } } }, [high, low], ""],
    [{ orderBy: [{ count: "DESC" }] }, [low, high, null], "the group settles ties"],
    [{ orderBy: [{ sum: { number: "ASC" } }] }, [low, high, null], ""],
    [{ orderBy: [{ max: { price: "DESC" } }] }, [null, high, low], ""],
    [{ orderBy: [{ group: { kind: "DESC" } }] }, [low, high, null], ""],
    [{ orderBy: [{ ratio: { of: "NUMBER", to: "PRICE", direction: "DESC" } }] }, [high, low, null], ""],
    [{ orderBy: [{ avg: { price: "DESC" } }], first: 1 }, [null], ""],
    [{ first: 0 }, [], ""],
    [{ where: { kind: { ne: "LOW" } } }, [high, null], ""],
  ])("%j gives %j %s", async (variables, kinds) => {
    await loadReadings(engine, rows);
    const found = await aggregates({ groupBy: ["KIND"], ...variables });
    expect(found.map((row: { group: { kind: unknown } }) => row.group.kind)).toEqual(kinds);
  });

  test.each([
    [{ orderBy: [{ group: { label: "ASC" } }] }, "subgraph/order-not-grouped"],
    [{ orderBy: [{ bucket: "ASC" }] }, "subgraph/order-not-grouped"],
    [{ orderBy: [{}] }, "subgraph/order-one-column"],
    [{ orderBy: [{ count: "ASC", bucket: "ASC" }] }, "subgraph/order-one-column"],
    [{ orderBy: [{ sum: { number: "ASC", price: "ASC" } }] }, "subgraph/order-one-column"],
    [{ orderBy: [{ count: null }] }, "subgraph/null-operand"],
    [{ having: { sum: { number: null } } }, "subgraph/null-operand"],
    [{ having: { count: { gt: null } } }, "subgraph/null-operand"],
    [{ bucket: { column: "DAY", every: "HOUR" } }, "subgraph/bucket-too-fine"],
    [{ first: 100_001 }, "subgraph/page-too-large"],
  ])("%j is refused as %s", async (variables, code) => {
    const { data, errors } = await ask(lab, contextFor(engine), query, { groupBy: ["KIND"], ...variables });
    expect(data.readingsAggregate).toBeNull();
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual([code]);
  });
});

test("without rows there is one row of zeros, and none per group", async () => {
  await loadReadings(engine, [{ ...blank, id: 1 }]);
  const where = { id: { lt: 0 } };
  expect(await aggregates({ where })).toMatchObject([
    { count: 0, countDistinct: { label: 0 }, sum: { number: null }, ratio: null, previous: null },
  ]);
  expect(await aggregates({ where, groupBy: ["KIND"] })).toEqual([]);
});

test("the same ratio under two names, and others beside it", async () => {
  await loadReadings(engine, [{ ...blank, id: 1, number: 3, price: "2.00", big: 0n }]);
  const source = `{ readingsAggregate { a: ratio(of: NUMBER, to: PRICE) b: ratio(of: PRICE, to: NUMBER) c: ratio(of: NUMBER, to: BIG) d: ratio(of: NUMBER, to: PRICE) } }`;
  const { data } = await ask(lab, contextFor(engine), source);
  expect(data.readingsAggregate).toEqual([{ a: 1.5, b: expect.closeTo(2 / 3), c: null, d: 1.5 }]);
});
