import { version } from "@duckdb/node-api";

/** Of the engine that is linked in: `1.5.5`. */
export function engineVersion(): string {
  return version().replace(/^v/, "");
}
