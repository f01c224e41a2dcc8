import type { ColumnType } from "./column-type.ts";
import { subgraphError } from "./errors.ts";

/**
 * What GraphQL shows of an engine's value: null for what JSON cannot say (NaN, infinite numbers and times).
 * @throws MeshError `subgraph/unknown-enum-value`
 */
export function leafValue(type: ColumnType, value: unknown, column: string): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "float":
      return Number.isFinite(value) ? value : null;
    case "date":
    case "timestamp":
      return typeof value === "string" && value.endsWith("infinity") ? null : value;
    case "enum":
      if (type.values?.includes(String(value)) === true) return value;
      throw subgraphError["unknown-enum-value"]({ column, value: String(value) });
    case "list":
      return (value as readonly unknown[]).map((item) =>
        type.item === undefined ? item : leafValue(type.item, item, column),
      );
    default:
      return value;
  }
}
