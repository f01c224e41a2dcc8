import { describeProduct } from "@thoth/contract/describe-product";
import { diffContracts } from "@thoth/contract/diff/diff-contracts";
import type { DataContract } from "@thoth/contract/generated/odcs";
import { parseContract } from "@thoth/contract/parse-contract";
import fc from "fast-check";
import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import { diffSchemas, diffSdl, type SdlDiff, type ServedContract } from "./sdl-diff.ts";

type Fields = Readonly<Record<string, unknown>>;

const described = { description: "What it is.", classification: "internal" };
const words = { purpose: "Tests.", limitations: "None.", usage: "Read." };

function contractOf(columns: readonly Fields[], further: Fields = {}): Fields {
  return {
    apiVersion: "v3.2.0",
    kind: "DataContract",
    id: "6f1f1c7e-0000-4000-8000-000000000001",
    name: "visits",
    domain: "campus",
    version: "1.0.0",
    status: "active",
    description: words,
    schema: [{ id: "visit", name: "visit", properties: columns }],
    slaProperties: [{ property: "latency", value: 1, unit: "d" }],
    ...further,
  };
}

const rooms = parseContract(
  JSON.stringify(contractOf([], { name: "rooms", schema: [{ id: "room", name: "room", properties: [key("code")] }] })),
  "rooms",
);

function key(name: string): Fields {
  return { id: name, name, logicalType: "string", primaryKey: true, required: true, ...described };
}

const toRoom = [{ to: "../rooms/contract.odcs.yaml#/schema/room/properties/code" }];

function serve(contract: Fields): ServedContract {
  const parsed = parseContract(JSON.stringify(contract), "visits");
  const model = describeProduct(parsed, { file: "visits", readTarget: () => rooms });
  const target = describeProduct(rooms, { file: "rooms", readTarget: () => rooms });
  return { contract: parsed.contract as DataContract, model, targets: model.relationships.length > 0 ? [target] : [] };
}

const compare = (before: Fields, after: Fields): SdlDiff => diffSdl(serve(before), serve(after));
const column = (name: string, fields: Fields): Fields => ({ id: name, name, ...described, ...fields });
const changed = (before: Fields | undefined, after: Fields | undefined): SdlDiff =>
  compare(contractOf([key("code"), ...(before ? [before] : [])]), contractOf([key("code"), ...(after ? [after] : [])]));

const level = column("level", { logicalType: "string", enum: [{ value: "low" }, { value: "high" }] });
const more = { ...level, enum: [{ value: "low" }, { value: "high" }, { value: "top" }] };
const seats = column("seats", { logicalType: "integer", logicalTypeOptions: { format: "i32" } });
const room = column("room_code", { logicalType: "string", relationships: toRoom });

test.each<[string, Fields | undefined, Fields | undefined, string, boolean]>([
  ["a column more", undefined, seats, "MINOR", false],
  ["a column less", seats, undefined, "MAJOR", false],
  ["a value more in answers", level, more, "MINOR", true],
  ["a value less", more, level, "MAJOR", false],
  ["an enum that opens", level, column("level", { logicalType: "string" }), "MAJOR", false],
  ["another scalar", seats, { ...seats, logicalTypeOptions: { format: "i64" } }, "MAJOR", false],
  ["a new name", seats, { ...seats, name: "places" }, "MAJOR", false],
  ["a name that fields spell alike, but not enums", column("a_1", {}), column("a_1", { name: "a1" }), "MAJOR", false],
  ["a relationship less", room, { ...room, relationships: [] }, "MAJOR", false],
  ["a relationship more", { ...room, relationships: [] }, room, "MINOR", false],
  ["nothing that GraphQL shows", seats, { ...seats, required: true, description: "Other words." }, "NONE", false],
  ["what is announced to go", seats, { ...seats, deprecated: true }, "NONE", false],
])("%s", (_, before, after, changeClass, dangerous) => {
  const typed = (one: Fields | undefined) => one && { logicalType: "string", ...one };
  expect(changed(typed(before), typed(after))).toMatchObject({ class: changeClass, dangerous, disagreements: [] });
});

test("what may be asked in addition surprises nobody, what may be answered does", () => {
  const sdl = (values: string, fields: string) =>
    buildSchema(`enum Asked { ${values} } enum Answered { ${values} } input Where { ${fields} }
      type Query { find(where: Where, by: Asked): Answered }`);
  const changes = diffSchemas(sdl("A", "a: Int"), sdl("A B", "a: Int b: Int"));
  expect(changes.map(({ coordinate, class: changeClass, dangerous }) => [coordinate, changeClass, dangerous])).toEqual([
    ["Answered.B", "MINOR", true],
    ["Asked.B", "MINOR", false],
    ["Where.b", "MINOR", false],
  ]);
});

test("a rule that does not see what the schema shows is found out", () => {
  const [before, after] = [serve(contractOf([key("code"), seats])), serve(contractOf([key("code")]))];
  const blind = { ...after, contract: before.contract };
  const { disagreements } = diffSdl(before, blind);
  expect(disagreements[0]).toMatchObject({ rule: "sdl-disagrees", class: "MAJOR", blocked: true });
  expect(disagreements.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("Field Visit.seats was removed."),
  );
});

test("a rule that sees what the schema does not show is found out", () => {
  const [before, after] = [serve(contractOf([key("code"), seats])), serve(contractOf([key("code")]))];
  const deaf = { ...after, model: before.model };
  expect(diffSdl(before, deaf).disagreements).toMatchObject([
    { rule: "sdl-disagrees", class: "MAJOR", path: "/schema[name=visit]/properties[name=seats]" },
  ]);
});

const kinds: readonly Fields[] = [
  { logicalType: "string" },
  { logicalType: "string", physicalType: "UUID" },
  { logicalType: "string", enum: [{ value: "low" }, { value: "high-up" }] },
  { logicalType: "string", enum: [{ value: "low" }] },
  { logicalType: "string", enum: [{ value: "low" }, { value: "high_up" }, { value: "top" }] },
  { logicalType: "string", relationships: toRoom },
  {
    logicalType: "string",
    relationships: [{ ...toRoom[0], customProperties: [{ property: "graphqlField", value: "hall" }] }],
  },
  ...["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"].map((format) => ({
    logicalType: "integer",
    logicalTypeOptions: { format },
  })),
  ...["TINYINT", "SMALLINT", "INTEGER", "UINTEGER", "BIGINT", "UBIGINT", "HUGEINT", "UHUGEINT"].map((physicalType) => ({
    logicalType: "integer",
    physicalType,
  })),
  ...["DOUBLE", "FLOAT", "DECIMAL(9,2)", "DECIMAL(12,2)", "DECIMAL(9,4)", "NUMERIC"].map((physicalType) => ({
    logicalType: "number",
    physicalType,
  })),
  { logicalType: "number" },
  { logicalType: "number", logicalTypeOptions: { format: "f32" } },
  { logicalType: "boolean" },
  { logicalType: "date" },
  { logicalType: "time" },
  { logicalType: "timestamp" },
  { logicalType: "timestamp", physicalType: "TIMESTAMP" },
  { logicalType: "object" },
  { logicalType: "array", items: { logicalType: "string" } },
  { logicalType: "array", items: { logicalType: "integer" } },
  { logicalType: "array", items: { logicalType: "object" } },
];

const aspects = fc.record(
  {
    required: fc.boolean(),
    unique: fc.boolean(),
    deprecated: fc.boolean(),
    classification: fc.constantFrom("public", "internal", "confidential"),
    description: fc.constantFrom("One.", "Two."),
    criticalDataElement: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** Names that GraphQL spells alike, names of relationships, and ids that stay while names change. */
const names = ["a", "a_1", "a1", "room", "room_code", "b_c", "hall", "count"];

type Written = [name: string, id: string, kind: Fields, further: Fields];

const plain = (name: string) => name.replaceAll("_", "");
const clash = (a: Written, b: Written) => a[1] === b[1] || plain(a[0]) === plain(b[0]);

const columns = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names), fc.constantFrom(...kinds), aspects), {
    maxLength: 5,
    comparator: clash,
  })
  .map((list) => list.map(([name, id, kind, further]) => ({ ...described, id, name, ...kind, ...further })));

/** A column of several that is part of the key as well. */
const contract = fc
  .record({
    columns,
    keyed: fc.option(fc.nat(4), { nil: undefined }),
    name: fc.constantFrom("visits", "visits", "visits", "calls"),
    object: fc.constantFrom("visit", "visit", "visit", "call"),
    further: fc.constantFrom<Fields>({}, { tags: ["x"] }, { description: { ...words, usage: "Ask." } }),
  })
  .map(({ columns: list, keyed, name, object, further }) => {
    const second = keyed === undefined ? undefined : list[keyed];
    const all = list.map((one) =>
      one === second ? { ...one, primaryKey: true, primaryKeyPosition: 2, required: true } : one,
    );
    const first = { ...key("code"), ...(second && { primaryKeyPosition: 1 }) };
    return contractOf([first, ...all], {
      name,
      ...further,
      schema: [{ id: "visit", name: object, properties: [first, ...all] }],
    });
  });

function tryServe(one: Fields): ServedContract | undefined {
  try {
    return serve(one);
  } catch {
    return undefined;
  }
}

/** Pairs that differ in few things are likelier to show what two rules make of one change. */
const pair = fc.oneof(
  fc.tuple(contract, contract),
  fc.tuple(contract, columns, fc.nat(4)).map(([before, replacement, at]): [Fields, Fields] => {
    const [object] = before.schema as { properties: Fields[] }[];
    const properties = [...(object?.properties ?? [])];
    properties.splice(at + 1, 1, ...replacement.slice(0, 1));
    return [before, { ...before, schema: [{ ...object, properties }] }];
  }),
);

test("the rules for contracts and the generated schema never disagree", () => {
  let compared = 0;
  fc.assert(
    fc.property(pair, ([from, to]) => {
      const [before, after] = [tryServe(from), tryServe(to)];
      if (before === undefined || after === undefined) return;
      compared++;
      const sdl = diffSdl(before, after);
      expect(sdl.disagreements).toEqual([]);
      const { class: changeClass } = diffContracts(before.contract, after.contract);
      const order = ["NONE", "PATCH", "MINOR", "MAJOR"];
      expect(order.indexOf(changeClass)).toBeGreaterThanOrEqual(order.indexOf(sdl.class));
    }),
    // on a machine that is busy with other tests fewer pairs will do
    { numRuns: 300, interruptAfterTimeLimit: 15_000 },
  );
  expect(compared).toBeGreaterThan(20);
});

test("a contract makes the same schema as itself", () => {
  fc.assert(
    fc.property(contract, (one) => {
      const served = tryServe(one);
      if (served === undefined) return;
      expect(diffSdl(served, served)).toEqual({ class: "NONE", dangerous: false, changes: [], disagreements: [] });
    }),
    { numRuns: 50 },
  );
});
