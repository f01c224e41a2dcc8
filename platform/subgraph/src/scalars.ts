import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from "graphql";
import { parseDuration } from "./duration.ts";
import { isDay, isoMoment3, parseMoment } from "./moment.ts";

/** Whole numbers of any size. JSON has no big integers: beyond ±(2^53 − 1) they travel as strings. */
export const BigIntScalar = new GraphQLScalarType<bigint, number | string>({
  name: "BigInt",
  description:
    "A whole number of up to 128 bits: a JSON number up to 2^53 − 1, beyond that a string. Both are accepted.",
  serialize: (value) => bigIntJson(toBigInt(value, "BigInt")),
  parseValue: (value) => toBigInt(value, "BigInt"),
  parseLiteral: (node) => toBigInt(literalOf(node, [Kind.INT, Kind.STRING], "BigInt"), "BigInt"),
});

export const DecimalScalar = new GraphQLScalarType<string, string>({
  name: "Decimal",
  description: 'An exact decimal number, as a string: "12.50". A JSON number is accepted too.',
  serialize: (value) => toDecimal(value),
  parseValue: (value) => toDecimal(value),
  parseLiteral: (node) => toDecimal(literalOf(node, [Kind.INT, Kind.FLOAT, Kind.STRING], "Decimal")),
});

export const DateScalar = new GraphQLScalarType<string, string>({
  name: "Date",
  description: "A calendar day: `2026-03-01`.",
  serialize: String,
  parseValue: (value) => toDay(value),
  parseLiteral: (node) => toDay(literalOf(node, [Kind.STRING], "Date")),
});

export const DateTimeScalar = new GraphQLScalarType<string, string>({
  name: "DateTime",
  description:
    "A moment in UTC, to the millisecond: `2026-03-01T10:00:00.000Z`. Any offset is accepted, and microseconds; without an offset it is UTC.",
  serialize: (value) => isoMoment3(toMoment(value)),
  parseValue: (value) => momentText(value),
  parseLiteral: (node) => momentText(literalOf(node, [Kind.STRING], "DateTime")),
});

export const TimeScalar = new GraphQLScalarType<string, string>({
  name: "Time",
  description: "A time of day: `10:30:00`.",
  serialize: String,
  parseValue: (value) => toTime(value),
  parseLiteral: (node) => toTime(literalOf(node, [Kind.STRING], "Time")),
});

export const DurationScalar = new GraphQLScalarType<string, string>({
  name: "Duration",
  description: "A length of time in ISO 8601: `P12W`, `P1M`, `PT36H`.",
  serialize: String,
  parseValue: (value) => toDuration(value),
  parseLiteral: (node) => toDuration(literalOf(node, [Kind.STRING], "Duration")),
});

export const JsonScalar = new GraphQLScalarType<unknown, unknown>({
  name: "JSON",
  description: "Any JSON value, as it is stored.",
  serialize: jsonValue,
  parseValue: (value) => value,
});

/** A big integer as JSON carries it. */
export function bigIntJson(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function toBigInt(value: unknown, name: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isInteger(value)) return wholeNumber(value, name);
  if (typeof value === "string" && /^[+-]?\d{1,40}$/.test(value)) return BigInt(value.replace("+", ""));
  throw cannot(name, value, "a whole number");
}

function wholeNumber(value: number, name: string): bigint {
  if (Number.isSafeInteger(value)) return BigInt(value);
  throw cannot(name, value, "a whole number; beyond 2^53 − 1 write it as a string");
}

function toDecimal(value: unknown): string {
  const text = typeof value === "number" || typeof value === "bigint" ? String(value) : value;
  if (typeof text === "string" && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) && text.length <= 80) return text;
  throw cannot("Decimal", value, 'a decimal number such as "12.50"');
}

function toDay(value: unknown): string {
  if (typeof value === "string" && isDay(value)) return value;
  throw cannot("Date", value, "a day such as 2026-03-01");
}

function toMoment(value: unknown) {
  const moment = parseMoment(value instanceof Date ? value.toISOString() : String(value));
  if (moment === undefined) throw cannot("DateTime", value, "a moment such as 2026-03-01T10:00:00Z");
  return moment;
}

function momentText(value: unknown): string {
  if (typeof value !== "string") throw cannot("DateTime", value, "a moment such as 2026-03-01T10:00:00Z");
  const moment = toMoment(value);
  const micros = moment.micros === 0 ? "" : String(moment.micros).padStart(3, "0");
  return isoMoment3(moment).replace("Z", `${micros}Z`);
}

function toTime(value: unknown): string {
  const match = typeof value === "string" ? /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{1,6})?)?$/.exec(value) : null;
  if (match === null) throw cannot("Time", value, "a time of day such as 10:30:00");
  return `${match[1]}:${match[2]}:${match[3] ?? "00"}${match[4] ?? ""}`;
}

function toDuration(value: unknown): string {
  if (typeof value === "string" && parseDuration(value) !== undefined) return value;
  throw cannot("Duration", value, "an ISO 8601 duration such as P12W or PT36H");
}

/** Engines give big integers inside structures too; `JSON.stringify` would refuse them. */
function jsonValue(value: unknown): unknown {
  if (typeof value === "bigint") return bigIntJson(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, jsonValue(item)]));
}

function literalOf(node: ValueNode, kinds: readonly Kind[], name: string): string {
  if (kinds.includes(node.kind) && "value" in node && typeof node.value === "string") return node.value;
  throw cannot(name, node.kind, `one of ${kinds.join(", ")}`);
}

function cannot(name: string, value: unknown, wanted: string): GraphQLError {
  const shown = typeof value === "bigint" ? value.toString() : JSON.stringify(value);
  return new GraphQLError(`${name} cannot represent ${shown}: it wants ${wanted}`);
}
