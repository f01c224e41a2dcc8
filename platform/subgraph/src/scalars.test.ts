import { GraphQLError, type GraphQLScalarType, parseValue } from "graphql";
import { expect, test } from "vitest";
import {
  BigIntScalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  DurationScalar,
  JsonScalar,
  TimeScalar,
} from "./scalars.ts";

test.each([
  [BigIntScalar, 5n, 5],
  [BigIntScalar, 2n ** 53n - 1n, Number.MAX_SAFE_INTEGER],
  [BigIntScalar, 2n ** 53n, "9007199254740992"],
  [BigIntScalar, -(2n ** 100n), "-1267650600228229401496703205376"],
  [BigIntScalar, "9007199254740993", "9007199254740993"],
  [BigIntScalar, 12, 12],
  [DecimalScalar, "12.50", "12.50"],
  [DecimalScalar, 3, "3"],
  [DateScalar, "2026-03-01", "2026-03-01"],
  [DateTimeScalar, "2026-03-01T10:00:00.123Z", "2026-03-01T10:00:00.123Z"],
  [DateTimeScalar, "2026-03-01 10:00:00.123456", "2026-03-01T10:00:00.123Z"],
  [DateTimeScalar, "2026-03-01", "2026-03-01T00:00:00.000Z"],
  [DateTimeScalar, new Date(0), "1970-01-01T00:00:00.000Z"],
  [TimeScalar, "10:30:00", "10:30:00"],
  [JsonScalar, { a: [2n ** 60n, Number.NaN, null, "x"] }, { a: ["1152921504606846976", null, null, "x"] }],
])("%s shows case %#", (scalar: GraphQLScalarType, value, shown) => {
  expect(scalar.serialize(value)).toEqual(shown);
  expect(scalar.serialize(scalar.serialize(value))).toEqual(shown);
});

test.each([
  [BigIntScalar, 12, 12n],
  [BigIntScalar, "-9007199254740993", -9007199254740993n],
  [DecimalScalar, "1.5", "1.5"],
  [DecimalScalar, 1.5, "1.5"],
  [DateScalar, "2024-02-29", "2024-02-29"],
  [DateTimeScalar, "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z"],
  [DateTimeScalar, "2026-03-01T10:00:00.123456+11:00", "2026-02-28T23:00:00.123456Z"],
  [DateTimeScalar, "2026-03-01T10:00", "2026-03-01T10:00:00.000Z"],
  [TimeScalar, "10:30", "10:30:00"],
  [DurationScalar, "P12W", "P12W"],
])("%s reads %j, as variable and as literal", (scalar: GraphQLScalarType, input, value) => {
  expect(scalar.parseValue(input)).toEqual(value);
  expect(scalar.parseLiteral(parseValue(JSON.stringify(input)), {})).toEqual(value);
});

test.each([
  [BigIntScalar, 1.5],
  [BigIntScalar, "1e5"],
  [BigIntScalar, 2 ** 60],
  [BigIntScalar, true],
  [DecimalScalar, "1,5"],
  [DecimalScalar, ""],
  [DecimalScalar, 1e300],
  [DateScalar, "2026-02-30"],
  [DateScalar, "2026-03-01T00:00:00Z"],
  [DateTimeScalar, "yesterday"],
  [DateTimeScalar, "2026-03-01T25:00:00Z"],
  [DateTimeScalar, 5],
  [TimeScalar, "25:00"],
  [DurationScalar, "12 weeks"],
  [DurationScalar, "P"],
  [DurationScalar, "P1DT"],
])("%s refuses %j", (scalar: GraphQLScalarType, input) => {
  expect(() => scalar.parseValue(input)).toThrow(GraphQLError);
  if (typeof input === "string")
    expect(() => scalar.parseLiteral(parseValue(JSON.stringify(input)), {})).toThrow(GraphQLError);
});
