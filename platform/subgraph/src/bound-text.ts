import type { ColumnType } from "./column-type.ts";
import { subgraphError } from "./errors.ts";
import { engineMoment, parseMoment } from "./moment.ts";
import type { BoundList, BoundValue } from "./query-plan.ts";

/** A GraphQL value as it is compared with a column. @throws MeshError `subgraph/value-out-of-range` */
export function boundValue(type: ColumnType, value: unknown): BoundValue {
  if (type.kind === "boolean") return { sqlType: type.sqlType, value: value === true };
  return { sqlType: comparisonType(type), value: boundText(type, value) };
}

export function boundList(type: ColumnType, values: readonly unknown[]): BoundList {
  return { sqlType: comparisonType(type), values: values.map((value) => boundText(type, value)) };
}

/** The value as text that, cast to the column's type, gives the same value. Values come from our scalars or from the engine. */
export function boundText(type: ColumnType, value: unknown): string {
  switch (type.kind) {
    case "int":
    case "bigint":
      return wholeText(type, BigInt(value as number | bigint));
    case "decimal":
      return decimalText(type, String(value));
    case "float":
      return floatText(type, Number(value));
    case "timestamp":
      return momentText(type, String(value));
    default:
      return String(value);
  }
}

/** Coarser timestamps are compared as plain ones: casting the value to them would cut it. */
function comparisonType(type: ColumnType): string {
  return type.kind === "timestamp" && type.zoned !== true ? "TIMESTAMP" : type.sqlType;
}

function wholeText(type: ColumnType, value: bigint): string {
  const [least, most] = type.range ?? [value, value];
  if (value < least || value > most) throw outOfRange(type, value);
  return value.toString();
}

/** Casting to a decimal type rounds, and 12.504 must not find 12.50. */
function decimalText(type: ColumnType, text: string): string {
  const [width, scale] = type.digits ?? [38, 0];
  const [whole = "", fraction = ""] = text.replace(/^[+-]/, "").split(".");
  const fits = whole.replace(/^0+/, "").length <= width - scale && fraction.replace(/0+$/, "").length <= scale;
  if (!fits) throw outOfRange(type, text);
  return text;
}

function floatText(type: ColumnType, value: number): string {
  if (!Number.isFinite(type.sqlType === "FLOAT" ? Math.fround(value) : value)) throw outOfRange(type, value);
  return String(value);
}

function momentText(type: ColumnType, text: string): string {
  const moment = parseMoment(text);
  if (moment === undefined) throw outOfRange(type, text);
  return engineMoment(moment, type.zoned === true);
}

function outOfRange(type: ColumnType, value: unknown) {
  return subgraphError["value-out-of-range"]({ value: String(value), type: type.sqlType });
}
