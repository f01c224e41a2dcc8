import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  SQLNULL,
  VARCHAR,
} from "@duckdb/node-api";
import type { SqlValue } from "./query-engine.ts";

export interface Bindings {
  readonly values: DuckDBValue[];
  readonly types: DuckDBType[];
}

/** Values for `$1`, `$2`, … with the narrowest type that holds each, so that comparisons keep their column's type. */
export function bindValues(params: readonly SqlValue[]): Bindings {
  const types = params.map(typeOf);
  return { values: params.map((value, index) => toEngine(value, types[index] as DuckDBType)), types };
}

function typeOf(value: SqlValue): DuckDBType {
  if (value === null) return SQLNULL;
  switch (typeof value) {
    case "boolean":
      return BOOLEAN;
    case "string":
      return VARCHAR;
    case "bigint":
      return BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT;
    case "number":
      return numberType(value);
    default:
      return LIST(value.map(typeOf).reduce(widen, SQLNULL));
  }
}

function numberType(value: number): DuckDBType {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return DOUBLE;
  return value === (value | 0) ? INTEGER : BIGINT;
}

const numeric: readonly DuckDBType[] = [INTEGER, BIGINT, HUGEINT, DOUBLE];

/** The type of a list's items: every item must fit it. */
function widen(left: DuckDBType, right: DuckDBType): DuckDBType {
  if (left === SQLNULL || left.typeId === right.typeId) return isList(left) ? widenLists(left, right) : right;
  if (right === SQLNULL) return left;
  const rank = Math.max(numeric.indexOf(left), numeric.indexOf(right));
  if (numeric.includes(left) && numeric.includes(right)) return numeric[rank] as DuckDBType;
  throw new TypeError(`a bound list mixes ${left} and ${right}`);
}

function isList(type: DuckDBType): type is ReturnType<typeof LIST> {
  return "valueType" in type;
}

function widenLists(left: DuckDBType, right: DuckDBType): DuckDBType {
  return isList(left) && isList(right) ? LIST(widen(left.valueType, right.valueType)) : right;
}

function toEngine(value: SqlValue, type: DuckDBType): DuckDBValue {
  if (value === null) return null;
  if (typeof value === "number") return type === BIGINT || type === HUGEINT ? BigInt(value) : value;
  if (typeof value === "bigint") return type === DOUBLE ? Number(value) : value;
  if (typeof value !== "object") return value;
  const itemType = isList(type) ? type.valueType : SQLNULL;
  return listValue(value.map((item) => toEngine(item, itemType)));
}
