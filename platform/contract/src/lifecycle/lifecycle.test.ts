import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Agreement, ObservedUse } from "../impact/impact.ts";
import type { Deprecation } from "./deprecation.ts";
import { judgeLifecycle, type LifecycleElement, type LifecycleState } from "./lifecycle.ts";

const day = 86_400_000;
const since = Date.parse("2026-11-22");
const until = Date.parse("2027-02-20");
const brownOut = { from: Date.parse("2027-02-01T09:00Z"), to: Date.parse("2027-02-01T11:00Z") };

const deprecation: Deprecation = { since, until, replacement: "unitsV2", reason: "Renamed.", brownOuts: [brownOut] };
const version: LifecycleElement = { product: "d/units", version: "1.4.0", column: undefined, deprecation, gone: false };
const column: LifecycleElement = { ...version, column: "name" };

function use(changes: Partial<ObservedUse>): ObservedUse {
  const base = { product: "d/units", version: "1.2.0", column: undefined, consumer: "app", domain: undefined };
  return { ...base, purpose: undefined, lastReadAt: until, reads: 3, ...changes };
}

function agreement(changes: Partial<Agreement>): Agreement {
  const base = { id: "a1", product: "d/units", consumer: "app", purpose: "teaching" };
  return { ...base, until: undefined, columns: undefined, ...changes };
}

function judge(element: LifecycleElement, now: number, uses: ObservedUse[] = [], agreements: Agreement[] = []) {
  const { state, since: from, next, blockers } = judgeLifecycle(element, { now, uses, agreements });
  return { state, since: from, next, blockers: blockers.map(({ kind }) => kind) };
}

describe("state, and what comes next", () => {
  type Dates = { [Key in keyof Deprecation]?: Deprecation[Key] | undefined };

  test.each<[string, Dates | undefined, number, object]>([
    [
      "nothing announced",
      undefined,
      until,
      { state: "active", since: undefined, next: undefined, blockers: ["not-deprecated"] },
    ],
    [
      "announced for later",
      {},
      since - 1,
      { state: "active", next: { state: "deprecated", at: since }, blockers: ["not-deprecated"] },
    ],
    [
      "announced",
      {},
      since,
      { state: "deprecated", since, next: { state: "brown-out", at: brownOut.from }, blockers: ["date"] },
    ],
    ["before the window", {}, brownOut.from - 1, { state: "deprecated", blockers: ["date"] }],
    [
      "in the window",
      {},
      brownOut.from,
      { state: "brown-out", since: brownOut.from, next: { state: "deprecated", at: brownOut.to } },
    ],
    ["at the window's end", {}, brownOut.to, { state: "deprecated", since, next: { state: "retired", at: until } }],
    ["the last instant", { brownOuts: [] }, until - 1, { state: "deprecated", blockers: ["date"] }],
    ["the day has come", {}, until, { state: "deprecated", next: { state: "retired", at: until }, blockers: [] }],
    ["long after", {}, until + 999 * day, { state: "deprecated", blockers: [] }],
    [
      "without a date of announcement",
      { since: undefined },
      until,
      { state: "deprecated", since: undefined, blockers: [] },
    ],
    [
      "without an end",
      { until: undefined, brownOuts: [] },
      until,
      { state: "deprecated", next: { state: "retired", at: undefined }, blockers: ["no-end-announced"] },
    ],
  ])("%s", (_, changes, now, expected) => {
    const told = changes === undefined ? undefined : withoutUndefined({ ...deprecation, ...changes } as Deprecation);
    expect(judge({ ...version, deprecation: told }, now)).toMatchObject(expected);
  });

  test("what is gone stays gone, and nothing follows", () => {
    const gone = judge({ ...version, gone: true }, until + day, [use({})], [agreement({})]);
    expect(gone).toEqual({ state: "retired", since: until, next: undefined, blockers: [] });
  });
});

describe("what blocks retiring, once the day has come", () => {
  const now = until + day;
  test.each<[string, LifecycleElement, Partial<ObservedUse>, readonly string[]]>([
    ["somebody read it yesterday", version, {}, ["in-use"]],
    ["30 days ago", version, { lastReadAt: now - 30 * day }, ["in-use"]],
    ["31 days ago", version, { lastReadAt: now - 31 * day }, []],
    ["another product", version, { product: "d/other" }, []],
    ["another minor version", version, { version: "1.0.0" }, ["in-use"]],
    ["the newer major version", version, { version: "2.0.0" }, []],
    ["a column of the version", version, { column: "code" }, ["in-use"]],
    ["the column", column, { column: "name" }, ["in-use"]],
    ["another column", column, { column: "code" }, []],
    ["only the version's number of rows", column, { column: undefined }, []],
  ])("use: %s", (_, element, changes, kinds) => {
    expect(judge(element, now, [use(changes)]).blockers).toEqual(kinds);
  });

  test.each([
    ["29 days", now - 29 * day, ["not-counted"]],
    ["30 days", now - 30 * day, []],
  ])("nobody is known to have read it, and reads are counted since %s", (_, countedSince, kinds) => {
    const { blockers } = judgeLifecycle(version, { now, uses: [], countedSince, agreements: [] });
    expect(blockers.map(({ kind }) => kind)).toEqual(kinds);
  });

  test.each<[string, LifecycleElement, Partial<Agreement>, readonly string[]]>([
    ["without an end", version, {}, ["agreement"]],
    ["until tomorrow", version, { until: now + day }, ["agreement"]],
    ["that has just ended", version, { until: now }, []],
    ["about another product", version, { product: "d/other" }, []],
    ["about all columns", column, {}, ["agreement"]],
    ["about the column", column, { columns: ["code", "name"] }, ["agreement"]],
    ["about other columns", column, { columns: ["code"] }, []],
  ])("an agreement %s", (_, element, changes, kinds) => {
    expect(judge(element, now, [], [agreement(changes)]).blockers).toEqual(kinds);
  });
});

describe("for all elements, instants, uses and agreements", () => {
  const instant = fc.integer({ min: since - 400 * day, max: until + 400 * day });
  const window = fc.tuple(instant, fc.integer({ min: 1, max: 5 * day })).map(([from, ms]) => ({ from, to: from + ms }));
  const announced = fc
    .record({
      since: fc.option(instant, { nil: undefined }),
      until: fc.option(instant, { nil: undefined }),
      brownOuts: fc.array(window, { maxLength: 3 }).map((all) => all.sort((a, b) => a.from - b.from)),
    })
    .map((dates) => withoutUndefined({ ...dates, reason: "Because." }) as Deprecation);
  const element = fc.record({
    product: fc.constant("d/units"),
    version: fc.constantFrom("1.0.0", "2.0.0"),
    column: fc.constantFrom(undefined, "name"),
    deprecation: fc.option(announced, { nil: undefined }),
    gone: fc.boolean(),
  });
  const uses = fc.array(
    fc
      .record({
        version: fc.constantFrom("1.3.0", "2.1.0"),
        column: fc.constantFrom(undefined, "name", "code"),
        lastReadAt: instant,
      })
      .map(use),
    { maxLength: 4 },
  );
  const rank: Record<LifecycleState, number> = { active: 0, deprecated: 1, "brown-out": 1, retired: 2 };

  test("time only moves an element forward, and says honestly since when", () => {
    fc.assert(
      fc.property(element, instant, instant, (each, one, other) => {
        const [earlier, later] = [Math.min(one, other), Math.max(one, other)];
        const [before, after] = [judge(each, earlier), judge(each, later)];
        expect(rank[after.state]).toBeGreaterThanOrEqual(rank[before.state]);
        if (!each.gone && after.since !== undefined) expect(after.since).toBeLessThanOrEqual(later);
      }),
    );
  });

  test("what is said to come next is there at that instant, and not before", () => {
    fc.assert(
      fc.property(element, instant, (each, now) => {
        const { state, next } = judge(each, now);
        if (next?.at === undefined || next.state === "retired") return;
        expect(next.at).toBeGreaterThan(now);
        expect(judge(each, next.at - 1).state).toBe(state);
        // Windows may touch or overlap.
        expect([next.state, "brown-out"]).toContain(judge(each, next.at).state);
      }),
    );
  });

  test("nothing may be retired before its day, or while it is in use or agreed upon", () => {
    fc.assert(
      fc.property(element, instant, uses, fc.boolean(), (each, now, seen, agreed) => {
        if (each.gone) return;
        const { blockers } = judge(each, now, seen, agreed ? [agreement({})] : []);
        if (blockers.length > 0) return;
        expect(agreed).toBe(false);
        expect(each.deprecation?.until).toBeLessThanOrEqual(now);
        const read = seen.filter(
          ({ version: read, column: what }) =>
            read.startsWith(each.version.slice(0, 1)) && (each.column === undefined || what === each.column),
        );
        for (const { lastReadAt } of read) expect(now - lastReadAt).toBeGreaterThan(30 * day);
      }),
    );
  });

  test("another use or agreement never makes retiring easier", () => {
    fc.assert(
      fc.property(element, instant, uses, uses, (each, now, seen, more) => {
        const [few, many] = [judge(each, now, seen), judge(each, now, [...seen, ...more])];
        expect(many.blockers).toEqual(expect.arrayContaining(few.blockers));
        expect(many.state).toBe(few.state);
      }),
    );
  });
});

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
