import { describeProduct } from "@thoth/contract/describe-product";
import { parseContract } from "@thoth/contract/parse-contract";
import type { ProductModel } from "@thoth/contract/product-model";
import { knownFormats, stringFormat } from "@thoth/contract/string-format";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { contractText } from "@thoth/testing/test-domain";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { Ajv2019, type ValidateFunction } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { columnChecks } from "./column-checks.ts";

let dir: TempDir;
let engine: WriteSide;
const ajv = new Ajv2019({ strict: false, allowUnionTypes: true, allErrors: true });
formats.default(ajv);

beforeAll(async () => {
  dir = await tempDir();
  engine = await openWriteSide({ file: `${dir.path}/audit.duckdb`, tmpDir: dir.path, pseudonymKey: "a key for tests" });
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

/** A property as the standard writes it, and what the same is in JSON Schema. */
interface Schema {
  readonly property: Readonly<Record<string, unknown>>;
  readonly json: Readonly<Record<string, unknown>>;
}

const texts = fc.string({ unit: fc.constantFrom("a", "b", "1", "é", "😀", " "), maxLength: 4 });
const numbers = fc.integer({ min: -6, max: 12 }).map((value) => value / 2);
const names = fc.constantFrom("city", "n", "it's", "a/b~c", "*", "0", 'say "x"', "Ünit");
const limit = fc.integer({ min: 0, max: 3 });

/** Some of the limits, each or not. */
function limits(entries: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Record<string, unknown>> {
  return fc
    .record(entries, { requiredKeys: [] })
    .map((said: Record<string, unknown>) => ({ ...said, ...inOrder(said) }));
}

/** A contract in which nothing fits between two limits is refused. */
function inOrder(said: Readonly<Record<string, unknown>>): Record<string, number> {
  const pairs = ["imum", "Length", "Items", "Properties"].map((end) => [`min${end}`, `max${end}`] as const);
  return Object.fromEntries(
    pairs.flatMap(([low, high]) => {
      const [from, to] = [said[low], said[high]] as [number | undefined, number | undefined];
      return from === undefined || to === undefined
        ? []
        : [
            [low, Math.min(from, to)],
            [high, Math.max(from, to)],
          ];
    }),
  );
}

const leaf = (logicalType: string, said: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Schema> =>
  said.map((logicalTypeOptions) => ({
    property: { logicalType, logicalTypeOptions },
    json: { type: logicalType, ...logicalTypeOptions },
  }));

const range = {
  minimum: numbers,
  maximum: numbers,
  exclusiveMinimum: numbers,
  exclusiveMaximum: numbers,
  multipleOf: fc.constantFrom(0.5, 1, 2, 3),
};
const pattern = fc.constantFrom("^a", "b$", "[0-9]+", "^.{2}$", "é|😀");

const leaves: fc.Arbitrary<Schema> = fc.oneof(
  leaf("string", limits({ minLength: limit, maxLength: limit, pattern })),
  fc.uniqueArray(texts, { minLength: 1, maxLength: 3 }).map((values) => ({
    property: { logicalType: "string", enum: values.map((value) => ({ value })) },
    json: { type: "string", enum: values },
  })),
  leaf("integer", limits(range)),
  leaf("number", limits(range)),
  leaf("boolean", fc.constant({})),
);

const { value: schemas } = fc.letrec<{ value: Schema; object: Schema; array: Schema }>((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaves, tie("object"), tie("array")),
  object: fc
    .record({
      fields: fc.uniqueArray(fc.tuple(names, tie("value"), fc.boolean()), { selector: ([name]) => name, maxLength: 3 }),
      said: limits({
        minProperties: limit,
        maxProperties: limit,
        required: names.map((name) => [name]),
      }),
    })
    .map(({ fields, said }) => objectOf(fields, said)),
  array: fc
    .record({
      items: tie("value"),
      required: fc.boolean(),
      said: limits({ minItems: limit, maxItems: limit, uniqueItems: fc.boolean() }),
    })
    .map(({ items, required, said }) => ({
      property: {
        logicalType: "array",
        logicalTypeOptions: said,
        items: { ...items.property, ...(required && { required }) },
      },
      json: { type: "array", ...said, items: required ? itemOf(items) : { anyOf: [itemOf(items), { type: "null" }] } },
    })),
}));

/** An object of which nothing is said may be whatever JSON can hold, as an item. */
function itemOf({ property, json }: Schema): Schema["json"] {
  const { logicalType, logicalTypeOptions: said, properties } = property;
  const isPlain =
    logicalType === "object" && [said, properties].every((each) => Object.keys(each as object).length === 0);
  return isPlain ? { type: ["object", "array", "string", "number", "boolean"] } : json;
}

function objectOf(fields: readonly (readonly [string, Schema, boolean])[], said: Record<string, unknown>): Schema {
  const required = fields.flatMap(([name, , isRequired]) => (isRequired ? [name] : []));
  const other = (said.required as string[] | undefined) ?? [];
  return {
    property: {
      logicalType: "object",
      logicalTypeOptions: said,
      properties: fields.map(([name, { property }, isRequired]) => ({ name, ...property, required: isRequired })),
    },
    json: {
      type: "object",
      ...said,
      required: [...new Set([...required, ...other])],
      properties: Object.fromEntries(fields.map(([name, { json }]) => [name, json])),
    },
  };
}

/** Values that often fit, and often do not. */
function valuesOf({ json }: Schema): fc.Arbitrary<unknown> {
  const any = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}));
  return fc.oneof({ weight: 8, arbitrary: fitting(json) }, { weight: 1, arbitrary: any });
}

function fitting(json: Schema["json"]): fc.Arbitrary<unknown> {
  if (Array.isArray(json.enum)) return fc.oneof(fc.constantFrom(...json.enum), texts);
  if (json.type === "string") return texts;
  if (json.type === "integer")
    return fc.oneof({ weight: 5, arbitrary: fc.integer({ min: -4, max: 8 }) }, { weight: 1, arbitrary: numbers });
  if (json.type === "number") return numbers;
  if (json.type === "boolean") return fc.boolean();
  if (json.type === "array") {
    const items = json.items as Schema["json"];
    const item = Array.isArray(items.anyOf) ? (items.anyOf[0] as Schema["json"]) : items;
    return fc.array(valuesOf({ json: item, property: {} }), { maxLength: 4 }).map(oneNullAtMost);
  }
  const fields = Object.entries((json.properties ?? {}) as Record<string, Schema["json"]>);
  const known = Object.fromEntries(fields.map(([name, field]) => [name, valuesOf({ json: field, property: {} })]));
  return fc
    .tuple(fc.record(known, { requiredKeys: [] }), fc.dictionary(names, numbers, { maxKeys: 1 }))
    .map(([own, others]) => ({ ...others, ...own }));
}

/** Two of them are the same item to JSON Schema, and none to us. */
function oneNullAtMost(items: unknown[]): unknown[] {
  return items.filter((item, index) => item !== null || items.indexOf(null) === index);
}

/** Null in an object is a field that is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => (inner === null ? [] : [[name, withoutNulls(inner)]])),
  );
}

function describe(property: object): ProductModel {
  const file = "domains/campus/products/units/contract.odcs.yaml";
  const columns = { id: "integer", value: property as Record<string, unknown> };
  const parsed = parseContract(contractText("campus", "units", { key: ["id"], columns }), file);
  return describeProduct(parsed, { file, readTarget: () => parsed });
}

/** Which of the values of a column break one of its promises, all in one statement. */
async function brokenOnes(property: object, values: readonly unknown[]): Promise<boolean[]> {
  const [, column] = describe(property).columns;
  if (column === undefined) throw new Error("there is no column");
  const conditions = columnChecks(column, ["id"]).map(({ rows }) => (rows?.kind === "condition" ? rows.sql : "true"));
  const broken = conditions.map((sql) => `coalesce(${sql}, false)`).join(" OR ") || "false";
  // Text in JSON stands in quotes, which a cast would keep.
  const read = column.sqlType === "VARCHAR" ? "json_extract_string" : "json_extract";
  const found = await engine.query(
    `SELECT ${broken} AS broken FROM (
  SELECT (entry->>'id')::INTEGER AS id, CAST(${read}(entry, '/value') AS ${column.sqlType}) AS "value"
  FROM (SELECT unnest(json_extract($1::JSON, '$[*]')) AS entry)
) ORDER BY id`,
    [JSON.stringify(values.map((value, id) => ({ id, value })))],
  );
  return found.map((row) => row.broken === true);
}

/** The same within an object. */
function brokenWithin(property: object, values: readonly unknown[]): Promise<boolean[]> {
  const owner = { logicalType: "object", properties: [{ name: "it", ...property }] };
  return brokenOnes(
    owner,
    values.map((it) => ({ it })),
  );
}

test("whatever is nested in whatever, the engine finds what ajv finds", async () => {
  const cases = schemas.chain((schema) =>
    fc.tuple(fc.constant(schema), fc.array(valuesOf(schema), { minLength: 1, maxLength: 25 })),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([schema, values]) => {
      const valid = ajv.compile({ anyOf: [schema.json, { type: "null" }] });
      const wanted = values.map((value) => !valid(withoutNulls(value)));
      expect(await brokenWithin(schema.property, values)).toEqual(wanted);
    }),
    { numRuns: 150 },
  );
});

test("arrays of columns, which are no JSON, are held to the same", async () => {
  const said = limits({ minItems: limit, maxItems: limit, uniqueItems: fc.boolean() });
  const item = fc.oneof(
    leaf("string", limits({ minLength: limit, maxLength: limit, pattern })),
    leaf("integer", limits(range)),
  );
  const arrays = fc.tuple(item, said).chain(([items, options]) => {
    const value = items.json.type === "string" ? texts : fc.integer({ min: -4, max: 8 });
    const list = fc.array(fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }), {
      maxLength: 4,
    });
    return fc.tuple(
      fc.constant(items),
      fc.constant(options),
      fc.array(list.map(oneNullAtMost), { minLength: 1, maxLength: 20 }),
    );
  });
  await fc.assert(
    fc.asyncProperty(arrays, async ([items, options, values]) => {
      const property = { logicalType: "array", logicalTypeOptions: options, items: items.property };
      const valid = ajv.compile({ type: "array", ...options, items: { anyOf: [items.json, { type: "null" }] } });
      expect(await brokenOnes(property, values)).toEqual(values.map((value) => !valid(value)));
    }),
    { numRuns: 60 },
  );
});

const writings: Readonly<Record<string, readonly string[]>> = {
  uuid: [
    "123e4567-e89b-12d3-a456-426614174000",
    "123E4567-E89B-12D3-A456-426614174000",
    "123e4567e89b12d3a456426614174000",
    "x",
  ],
  email: ["ada@example.org", "a.b+c@x-y.example", "ada@example", "ada", "@example.org", "a..b@example.org", "a@b.c\n"],
  hostname: ["example.org", "a", "x-y.example.", "-a.example", "a_b.example", `${"a".repeat(64)}.example`, ""],
  ipv4: ["127.0.0.1", "255.255.255.255", "256.0.0.1", "1.2.3", "1.2.3.4.5", "a.b.c.d"],
  ipv6: [
    "::",
    "::1",
    "1::",
    "fe80::1:2",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "::ffff:1.2.3.4",
    "1:2:3:4:5:6:1.2.3.4",
    "1:2:3:4:5:6:7::",
    "::2:3:4:5:6:7:8",
    "12345::",
    "g::",
  ],
  uri: [
    "https://example.org/a?b=c#d",
    "urn:isbn:1",
    "mailto:ada@example.org",
    "no uri",
    "//example.org",
    "https://example.org/ a",
  ],
  date: ["2026-02-28", "2024-02-29", "2026-02-29", "2026-13-01", "2026-1-1", "26-01-01"],
  "date-time": [
    "2026-02-28T10:00:00Z",
    "2026-02-28T10:00:00.123+10:00",
    "2026-02-30T10:00:00Z",
    "2026-02-28",
    "2026-02-28T25:00:00Z",
  ],
  time: ["10:00:00Z", "23:59:59.9+01:00", "24:00:00Z", "10:00", "10:60:00Z"],
  duration: ["P1D", "P1Y2M3DT4H5M6S", "PT1S", "P1W", "P", "PT", "P1S", "1D", "P1Y1D", "P1W1D"],
  byte: ["YWJj", "YWI=", "YQ==", "", "YWJ", "a b=", "****"],
  "uri-reference": ["/a/b", "../c?x#y", "https://example.org", "a b", "%zz"],
};

test("a text is written as its format says where ajv says so, in columns and inside of them", async () => {
  for (const [format, values] of Object.entries(writings)) {
    const known: ValidateFunction = ajv.compile({ type: "string", format });
    const wanted = values.map((value) => !known(value));
    const property = { logicalType: "string", logicalTypeOptions: { format } };
    for (const judge of [brokenOnes, brokenWithin])
      expect([format, await judge(property, values)]).toEqual([format, wanted]);
  }
  const held = knownFormats.filter((name) => stringFormat(name) !== undefined && name !== "url");
  expect(held.sort()).toEqual(Object.keys(writings).sort());
});

test.each([
  ["date", { minimum: "2026-01-01" }, ["2026-01-01", null, "2025-12-31", "2026-02-30", 3, {}]],
  [
    "timestamp",
    { exclusiveMaximum: "2026-01-02T00:00:00Z" },
    ["2026-01-01T10:00:00Z", null, "2026-01-02T00:00:00Z", "soon", false, []],
  ],
  ["time", { maximum: "12:00:00" }, ["11:59:59", "12:00:00", "12:00:01", "25:00:00", 9, true]],
])("a %s in an object is a text that can be read as one, within its limits", async (logicalType, said, values) => {
  const broken = [false, false, true, true, true, true];
  expect(await brokenWithin({ logicalType, logicalTypeOptions: said }, values)).toEqual(broken);
  const inArray = { logicalType: "array", items: { logicalType, logicalTypeOptions: said } };
  expect(
    await brokenWithin(
      inArray,
      values.map((value) => [null, value]),
    ),
  ).toEqual(broken);
});

test("days that are written in a way of their own are texts, and whole numbers have the width of their format", async () => {
  const odd = { logicalType: "date", logicalTypeOptions: { format: "dd/MM/yyyy" } };
  expect(await brokenWithin(odd, ["31/12/2026", "x", 3])).toEqual([false, false, true]);
  const whole = (format?: string) => ({ logicalType: "integer", ...(format && { logicalTypeOptions: { format } }) });
  expect(await brokenWithin(whole("u8"), [0, 255, 256, -1, 1.5])).toEqual([false, false, true, true, true]);
  expect(await brokenWithin(whole(), [2147483647, 2147483648])).toEqual([false, true]);
  expect(await brokenWithin(whole("i64"), [2147483648, 1e19])).toEqual([false, true]);
});
