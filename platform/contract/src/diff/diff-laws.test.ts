import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DataContract, Property } from "../generated/odcs.ts";
import { parseContract } from "../parse-contract.ts";
import type { ChangeClass, Difference } from "./contract-diff.ts";
import { diffContracts } from "./diff-contracts.ts";
import type { Profile } from "./diff-rule.ts";
import { diffVersions } from "./diff-versions.ts";

const profiles: readonly Profile[] = ["reader", "writer", "archive"];
const order: readonly ChangeClass[] = ["NONE", "PATCH", "MINOR", "MAJOR"];
const rank = (one: ChangeClass) => order.indexOf(one);

const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const names = ["a", "b", "c", "d", "e"];

const quality = fc.array(
  fc.record(
    {
      name: fc.constantFrom("first", "second"),
      metric: fc.constantFrom("nullValues" as const, "missingValues" as const),
      severity: fc.constantFrom("error", "warning"),
      mustBeLessThan: fc.integer({ min: 0, max: 9 }),
    },
    { requiredKeys: ["name", "metric", "mustBeLessThan"] },
  ),
  { maxLength: 2 },
);

/** One aspect of a property each, so that aspects of two properties can be exchanged one by one. */
const aspects = {
  logicalType: fc.constantFrom("string", "integer", "number", "timestamp", "array", "boolean"),
  physicalType: fc.constantFrom("VARCHAR(20)", "VARCHAR(50)", "INTEGER", "BIGINT", "DECIMAL(9,2)", "DECIMAL(9,4)"),
  required: fc.boolean(),
  unique: fc.boolean(),
  primaryKey: fc.boolean(),
  classification: fc.constantFrom("public", "internal", "confidential", "odd"),
  criticalDataElement: fc.boolean(),
  deprecated: fc.boolean(),
  partitioned: fc.boolean(),
  encryptedName: fc.constantFrom("x", "y"),
  transformLogic: fc.constantFrom("x", "y"),
  description: fc.constantFrom("one", "two"),
  enum: fc
    .uniqueArray(fc.constantFrom("x", "y", "z"), { minLength: 1 })
    .map((values) => values.map((value) => ({ value }))),
  logicalTypeOptions: fc.record(
    {
      minimum: fc.integer(),
      maximum: fc.integer(),
      minLength: fc.nat(),
      pattern: fc.constantFrom("a", "b"),
      format: fc.constantFrom("i32", "i64"),
    },
    { requiredKeys: [] },
  ),
  items: fc.record({ logicalType: fc.constantFrom("string", "integer") }),
  relationships: fc.array(fc.record({ to: fc.constantFrom("t.a", "t.b") }), { maxLength: 2 }),
  quality,
};

const property = fc.record(
  { name: fc.constantFrom(...names), id: fc.constantFrom(...names), ...aspects },
  { requiredKeys: ["name"] },
);

const promises = fc.array(
  fc.record(
    {
      property: fc.constantFrom("latency", "retention", "frequency", "availability", "endOfLife", "ownWord"),
      value: fc.oneof(fc.integer(), fc.constantFrom("2030-01-01", "x")),
      unit: fc.constantFrom("d", "h", "percent"),
    },
    { requiredKeys: ["property", "value"] },
  ),
  { maxLength: 4 },
);

const object = fc.record(
  {
    name: fc.constantFrom("t", "u", "v"),
    id: fc.constantFrom("t", "u"),
    physicalName: fc.constantFrom("x", "y"),
    properties: fc.array(property, { maxLength: 5 }),
    quality,
  },
  { requiredKeys: ["name"] },
);

const contract = fc
  .record(
    {
      apiVersion: fc.constantFrom("v3.1.0" as const, "v3.2.0" as const),
      kind: fc.constant("DataContract" as const),
      id: fc.constantFrom("one", "two"),
      version: fc.constantFrom("0.3.0", "1.0.0", "1.2.3", "2.0.0-rc.1"),
      status: optional(fc.constantFrom("draft", "active", "retired", "odd")),
      name: optional(fc.constantFrom("p", "q")),
      description: optional(fc.record({ purpose: fc.string(), usage: fc.string() }, { requiredKeys: [] })),
      schema: fc.array(object, { maxLength: 3 }),
      slaProperties: promises,
      servers: fc.array(
        fc.record({ server: fc.constantFrom("s", "t"), type: fc.constantFrom("duckdb" as const, "api" as const) }),
        { maxLength: 2 },
      ),
      roles: fc.array(fc.record({ role: fc.constantFrom("r", "s"), access: fc.constantFrom("read", "write") }), {
        maxLength: 2,
      }),
      price: optional(fc.record({ priceAmount: fc.nat() })),
      tags: fc.array(fc.constantFrom("x", "y")),
    },
    { requiredKeys: ["apiVersion", "kind", "id", "version"] },
  )
  // objects as parsing makes them
  .map((one) => structuredClone(one)) as unknown as fc.Arbitrary<DataContract>;

test("a contract does not differ from itself", () => {
  fc.assert(
    fc.property(contract, fc.constantFrom(...profiles), (one, profile) => {
      const diff = diffContracts(one, structuredClone(one), { profile });
      expect(diff).toMatchObject({ class: "NONE", dangerous: false, blocked: false, requiredBump: "none", diffs: [] });
    }),
    { numRuns: 300 },
  );
});

test("any two contracts can be compared, and the whole is as grave as its gravest part", () => {
  fc.assert(
    fc.property(contract, contract, fc.constantFrom(...profiles), (before, after, profile) => {
      const diff = diffContracts(before, after, { profile });
      expect(rank(diff.class)).toBe(Math.max(0, ...diff.diffs.map((one) => rank(one.class))));
      for (const { path, message } of diff.diffs) {
        expect(path).toMatch(/^\//);
        expect(message).not.toContain("undefined");
      }
    }),
    { numRuns: 500 },
  );
});

test("an archive is never less strict than its readers and writers", () => {
  fc.assert(
    fc.property(contract, contract, (before, after) => {
      const [reader = 0, writer = 0, archive = 0] = profiles.map((profile) =>
        rank(diffContracts(before, after, { profile }).class),
      );
      expect(archive).toBe(Math.max(reader, writer));
    }),
    { numRuns: 300 },
  );
});

/** What one change can be about. Of two changes of the same thing the later takes the place of the earlier. */
const things: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  ...Object.fromEntries(Object.entries(aspects).filter(([key]) => key !== "quality" && key !== "logicalTypeOptions")),
  "logicalTypeOptions.minimum": fc.integer({ min: 0, max: 9 }),
  "logicalTypeOptions.pattern": fc.constantFrom("a", "b"),
  "logicalTypeOptions.format": fc.constantFrom("i32", "i64"),
  "quality.0.metric": fc.constantFrom("nullValues", "missingValues"),
  "quality.0.severity": fc.constantFrom("error", "warning", "info"),
  "quality.0.mustBeLessThan": fc.integer({ min: 0, max: 9 }),
  "quality.0.unit": fc.constantFrom("rows", "percent"),
};

interface Change {
  readonly thing: string;
  readonly value: unknown;
}

const change = fc
  .constantFrom(...Object.keys(things))
  .chain((thing) => optional(things[thing] as fc.Arbitrary<unknown>).map((value): Change => ({ thing, value })));
const changes = fc.uniqueArray(change, { minLength: 2, maxLength: 4, selector: ({ thing }) => thing });

type Fields = Record<string, unknown>;
const rule = { name: "r", metric: "nullValues", mustBeLessThan: 5 };
const shared: Fields = {
  classification: "internal",
  quality: [rule],
  logicalTypeOptions: { minimum: 5, pattern: "a" },
};
const bases: readonly Fields[] = [
  { ...shared },
  { ...shared, logicalType: "number", physicalType: "DECIMAL(9,2)", required: true },
  { ...shared, logicalType: "string", physicalType: "VARCHAR(20)", unique: true, enum: [{ value: "x" }] },
  { ...shared, logicalType: "integer", relationships: [{ to: "t.a" }], transformLogic: "x" },
];

function edit(column: Fields, list: readonly Change[]): Fields {
  const edited = structuredClone(column);
  for (const { thing, value } of list) {
    const keys = thing.split(".");
    const last = keys.pop() ?? "";
    const owner = keys.reduce<Fields>((part, key) => part[key] as Fields, edited);
    if (value === undefined) delete owner[last];
    else owner[last] = value;
  }
  return edited;
}

function withColumns(...list: readonly object[]): DataContract {
  const properties = list.map((one, index) => ({ name: `c${index}`, ...one })) as (Property & { name: string })[];
  return {
    apiVersion: "v3.2.0",
    kind: "DataContract",
    id: "one",
    version: "1.0.0",
    schema: [{ name: "t", properties }],
  };
}

/** With a physical type the format says nothing about how a value is served, so the one can undo what the other does. */
function isOneMatter(list: readonly Change[]): boolean {
  return ["physicalType", "logicalTypeOptions.format"].every((name) => list.some(({ thing }) => thing === name));
}

test("more changes never make a smaller class", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...bases),
      changes,
      fc.nat(4),
      fc.constantFrom(...profiles),
      (column, list, count, profile) => {
        fc.pre(!isOneMatter(list));
        const after = (few: readonly Change[]) => withColumns(edit(column, few));
        const classOf = (few: readonly Change[]) =>
          rank(diffContracts(withColumns(column), after(few), { profile }).class);
        expect(classOf(list)).toBeGreaterThanOrEqual(classOf(list.slice(0, count)));
      },
    ),
    { numRuns: 1500 },
  );
});

// an archive takes the graver of both for every difference, so what holds for readers and writers holds for it
test.each(["reader", "writer"] as const)("no two changes of a column hide each other from a %s", (profile) => {
  const singles = Object.entries(things).flatMap(([thing, values]) =>
    fc.sample(optional(values), { numRuns: 3, seed: 7 }).map((value): Change => ({ thing, value })),
  );
  for (const column of bases) {
    const before = withColumns(column);
    const classOf = (few: readonly Change[]) =>
      rank(diffContracts(before, withColumns(edit(column, few)), { profile }).class);
    const alone = singles.map((single) => classOf([single]));
    for (const [index, first] of singles.entries()) {
      for (const [other, second] of singles.entries()) {
        if (other <= index || first.thing === second.thing || isOneMatter([first, second])) continue;
        const together = classOf([first, second]);
        const apart = Math.max(alone[index] ?? 0, alone[other] ?? 0);
        if (together < apart) expect.fail(JSON.stringify({ column, first, second }));
      }
    }
  }
});

/** Rules whose mirror image has a name of its own. */
const mirror: Readonly<Record<string, string>> = {
  "object-removed": "object-added",
  "property-removed": "property-added",
  "unique-dropped": "unique-added",
  "nullability-loosened": "nullability-tightened",
  "cde-dropped": "cde-added",
  "enum-dropped": "enum-introduced",
  "deprecated-unset": "deprecated-set",
  "classification-lowered": "classification-raised",
};

test("what a change does to a reader, its undoing takes back", () => {
  const pairs = Object.entries(mirror).flatMap(([one, other]) => [[one, other] as const, [other, one] as const]);
  const mirrored = new Map(pairs);
  fc.assert(
    fc.property(contract, contract, (before, after) => {
      const [there, back] = [diffContracts(before, after), diffContracts(after, before)];
      const count = (diff: typeof there, rule: string) => diff.diffs.filter((one) => one.rule === rule).length;
      for (const [rule, undone] of mirrored) expect(count(there, rule)).toBe(count(back, undone));
      const changed = (diff: typeof there) => diff.diffs.some(({ rule }) => rule !== "version-mismatch");
      expect(changed(there)).toBe(changed(back));
    }),
    { numRuns: 150 },
  );
});

test("against several versions nothing is found that none of them shows, and nothing of the newest is lost", () => {
  fc.assert(
    fc.property(
      fc.array(contract, { minLength: 1, maxLength: 3 }),
      contract,
      fc.constantFrom(...profiles),
      (written, after, profile) => {
        const versions = written.map((one, index) => ({ ...one, version: `1.${index}.0` }));
        const [work, newest] = [{ ...after, version: "2.0.0" }, versions.at(-1)];
        const all = diffVersions(versions, work, { profile });
        const single = (one: DataContract) => diffContracts(one, work, { profile });
        const sameness = ({ rule, path, message }: Difference) => JSON.stringify([rule, path, message]);
        const known = new Set(versions.flatMap((one) => single(one).diffs.map(sameness)));
        for (const difference of all.diffs) {
          expect(known).toContain(sameness(difference));
          expect(difference.against?.length).toBeGreaterThan(0);
        }
        const told = new Set(all.diffs.map(sameness));
        if (newest) for (const difference of single(newest).diffs) expect(told).toContain(sameness(difference));
      },
    ),
    { numRuns: 150 },
  );
});

test("a newer version that changes nothing changes no verdict", () => {
  fc.assert(
    fc.property(contract, contract, fc.constantFrom(...profiles), (before, after, profile) => {
      const one = diffVersions([{ ...before, version: "1.0.0" }], { ...after, version: "2.0.0" }, { profile });
      const republished = ["1.0.0", "1.0.1", "1.1.0"].map((version) => ({ ...before, version }));
      const several = diffVersions(republished, { ...after, version: "2.0.0" }, { profile });
      const plain = (list: readonly Difference[]) => list.map(({ against: _, ...rest }) => rest);
      expect(plain(several.diffs)).toEqual(plain(one.diffs));
    }),
    { numRuns: 100 },
  );
});

const added = (diff: ReturnType<typeof diffContracts>, verb: "added" | "removed") =>
  diff.diffs
    .filter(({ rule }) => rule.endsWith(`-${verb}`) && !/^(enum|quality|relationship)/.test(rule))
    .map(({ path }) => path)
    .sort();

test("undoing an addition is the removal of the same", () => {
  fc.assert(
    fc.property(contract, contract, (before, after) => {
      const [there, back] = [diffContracts(before, after), diffContracts(after, before)];
      const names = (paths: readonly string[]) =>
        paths.filter((path) => /^\/(schema|servers|roles)\[[^/]*\]$/.test(path));
      expect(names(added(there, "added"))).toEqual(names(added(back, "removed")));
    }),
    { numRuns: 300 },
  );
  const wide = withColumns({ logicalType: "string" }, { logicalType: "integer" });
  const narrow = withColumns({ logicalType: "string" });
  expect(diffContracts(narrow, wide).diffs[0]).toMatchObject({
    rule: "property-added",
    path: "/schema[name=t]/properties[name=c1]",
  });
  expect(diffContracts(wide, narrow).diffs[0]).toMatchObject({
    rule: "property-removed",
    path: "/schema[name=t]/properties[name=c1]",
  });
});

const published = new URL("../../../../../shared/standards/odcs/examples/", import.meta.url);

test.skipIf(!existsSync(published))("the standard's own examples can all be compared with each other", () => {
  const examples = readdirSync(published).flatMap(
    (name) => parseContract(readFileSync(new URL(name, published), "utf8"), name).contract ?? [],
  );
  expect(examples.length).toBeGreaterThan(10);
  for (const before of examples) {
    for (const after of examples) {
      const { class: changeClass } = diffContracts(before, after, { profile: "archive" });
      expect(changeClass === "NONE").toBe(before === after);
    }
  }
});
