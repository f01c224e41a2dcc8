import { PGlite } from "@electric-sql/pglite";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { binaryWriter, readBinary } from "./binary-value.ts";
import { oids, postgresType, type TypeName } from "./postgres-type.ts";

/** Postgres itself says what a value's bytes are. */
let postgres: PGlite;

beforeAll(async () => {
  postgres = await PGlite.create();
  await postgres.exec("set timezone = 'UTC'");
});
afterAll(() => postgres?.close());

async function sent(type: string, texts: readonly string[]): Promise<string[]> {
  const send = type.endsWith("[]") ? "array_send" : `${type === "char" ? '"char"' : type}send`;
  const name =
    {
      date: "date_send",
      time: "time_send",
      timetz: "timetz_send",
      timestamp: "timestamp_send",
      timestamptz: "timestamptz_send",
      interval: "interval_send",
      numeric: "numeric_send",
      uuid: "uuid_send",
      varbit: "varbit_send",
    }[type] ?? send;
  const query = `select encode(${name}(t::${type}), 'hex') as bytes from unnest($1::text[]) with ordinality u(t, n) order by n`;
  const { rows } = await postgres.query<{ bytes: string }>(query, [texts]);
  return rows.map(({ bytes }) => bytes);
}

/** Ours is Postgres', and reading it gives a text that means the same. */
async function expectSame(type: string, oid: number, texts: readonly string[]): Promise<void> {
  const expected = await sent(type, texts);
  const ours = texts.map((text) => Buffer.from(binaryWriter(oid)(text)));
  expect(ours.map((bytes) => bytes.toString("hex"))).toEqual(expected);
  expect(
    await sent(
      type,
      ours.map((bytes) => readBinary(bytes, oid)),
    ),
  ).toEqual(expected);
}

test.each<[TypeName, string[]]>([
  ["bool", ["t", "f", "true", "false"]],
  ["int2", ["0", "-32768", "32767"]],
  ["int4", ["0", "-2147483648", "2147483647"]],
  ["int8", ["0", "-9223372036854775808", "9223372036854775807"]],
  ["float4", ["0", "-1.5", "3.4028235e+38", "NaN", "Infinity", "-Infinity"]],
  ["float8", ["0", "0.1", "-1e300", "5e-324", "NaN", "Infinity", "-Infinity"]],
  [
    "numeric",
    [
      "0",
      "0.00",
      "-0.01",
      "12345.67",
      "10000",
      "100000000",
      "0.0001",
      "0.00001",
      "9999.9999",
      "NaN",
      "Infinity",
      "-Infinity",
      "1.5e-3",
      "12e5",
      `${"9".repeat(38)}`,
    ],
  ],
  ["text", ["", "a", "ü 😀"]],
  ["bytea", ["\\x", "\\x00ff10"]],
  [
    "date",
    [
      "2020-02-29",
      "1970-01-01",
      "1999-12-31",
      "2000-01-01",
      "9999-12-31",
      "0044-03-15 BC",
      "0001-01-01",
      "infinity",
      "-infinity",
    ],
  ],
  ["time", ["00:00:00", "23:59:59.999999", "12:30:00.5"]],
  ["timetz", ["12:30:00.5+00", "23:00:00-03:30"]],
  [
    "timestamp",
    ["2026-03-01 10:00:00", "1999-12-31 23:59:59.999999", "0044-03-15 12:00:00 BC", "infinity", "-infinity"],
  ],
  ["timestamptz", ["2026-03-01 10:00:00.5+00", "1969-12-31 23:59:59+10", "2026-03-01 10:00:00-03:30", "infinity"]],
  ["interval", ["00:00:00", "1 year 2 mons 3 days 04:05:06.7", "-1 days", "-04:00:00", "100 days 25:00:00"]],
  ["uuid", ["00000000-0000-0000-0000-000000000000", "01234567-89ab-cdef-0123-456789abcdef"]],
  ["varbit", ["", "1", "10110011", "101100111"]],
])("%s in binary is what Postgres sends", async (type, texts) => {
  await expectSame(type, oids[type], texts);
});

test.each([
  ["int4[]", "INTEGER[]", ["{}", "{1,NULL,-3}", "{{1,2},{3,4}}"]],
  ["text[]", "VARCHAR[]", ['{a,NULL,"NULL","a \\"b\\" \\\\,{}",""}']],
  ["date[]", "DATE[]", ["{2020-02-29,1970-01-01}"]],
])("%s in binary is what Postgres sends", async (type, engineType, texts) => {
  await expectSame(type, postgresType(engineType).oid, texts);
});

test("numbers and instants of all sizes", async () => {
  const digits = (max: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: max });
  const numeric = fc.tuple(fc.constantFrom("", "-"), digits(25), fc.option(digits(15), { nil: undefined }));
  const numerics = fc
    .sample(numeric, 300)
    .map(([sign, whole, part]) => `${sign}${whole}${part === undefined ? "" : `.${part}`}`);
  await expectSame("numeric", oids.numeric, numerics);
  const micros = fc.sample(fc.bigInt({ min: -60_000_000_000_000_000n, max: 200_000_000_000_000_000n }), 300);
  const instants = micros.map((value) => {
    const iso = new Date(Number(value / 1000n)).toISOString().replace("T", " ").slice(0, -5);
    return `${iso}.${String(((value % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, "0")}`;
  });
  await expectSame("timestamp", oids.timestamp, instants);
});

test.each([
  ["an integer of three bytes", Buffer.alloc(3), oids.int4, "gateway/sql-bad-value"],
  ["a numeric cut short", Buffer.from([0, 2, 0, 0, 0, 0, 0, 0, 0, 1]), oids.numeric, "gateway/sql-bad-value"],
  ["text that is no UTF-8", Buffer.from([0xff]), oids.text, "gateway/sql-bad-value"],
  [
    "an array that promises more than it holds",
    Buffer.from("0000000100000000000000177fffffff00000001", "hex"),
    1007,
    "gateway/sql-bad-value",
  ],
  ["a type without binary form here", Buffer.alloc(4), 600, "gateway/sql-unsupported"],
])("%s is refused", (_, bytes, oid, code) => {
  expect(() => readBinary(bytes, oid)).toThrow(expect.objectContaining({ code }));
});

test("bytes of any kind give a text or an error of ours", () => {
  const oid = fc.constantFrom(...Object.values(oids), 1007, 1009, 1231);
  fc.assert(
    fc.property(oid, fc.uint8Array({ maxLength: 40 }), (type, bytes) => {
      try {
        expect(typeof readBinary(Buffer.from(bytes), type)).toBe("string");
      } catch (failure) {
        expect((failure as { code?: string }).code).toMatch(/^gateway\/sql-/);
      }
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["DECIMAL(9,2)", { oid: 1700, size: -1, modifier: (9 << 16) + 2 + 4 }],
  ["HUGEINT", { oid: 1700, size: -1, modifier: -1 }],
  ["TIMESTAMP WITH TIME ZONE", { oid: 1184, size: 8, modifier: -1 }],
  ["ENUM('a', 'b')", { oid: 25, size: -1, modifier: -1 }],
  ["STRUCT(a INTEGER, b VARCHAR[])", { oid: 114, size: -1, modifier: -1 }],
  ["BIGINT[][]", { oid: 1016, size: -1, modifier: -1 }],
  ["DOUBLE[3]", { oid: 1022, size: -1, modifier: -1 }],
  ["STRUCT(a INTEGER)[]", { oid: 199, size: -1, modifier: -1 }],
  ["SOMETHING NEW", { oid: 25, size: -1, modifier: -1 }],
])("the engine's %s", (engineType, type) => {
  expect(postgresType(engineType)).toEqual(type);
});
