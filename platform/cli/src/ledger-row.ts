import type { Run } from "@thoth/control/run";
import { runColumns } from "@thoth/control/run-columns";

/** A run as programs get it: the ledger's own column names, times in ISO 8601, UTC. */
export function ledgerRow(run: Run): Record<string, unknown> {
  return Object.fromEntries(
    runColumns.map(({ property, column, kind }) => {
      const value = run[property];
      return [column, kind === "time" && typeof value === "number" ? new Date(value).toISOString() : value];
    }),
  );
}
