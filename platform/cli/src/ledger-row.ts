import type { Run } from "@thoth/control/run";
import { snakeCase } from "@thoth/kernel/names";

const times: ReadonlySet<string> = new Set([
  "queuedAt",
  "startedAt",
  "completedAt",
  "watermarkBefore",
  "watermarkAfter",
]);

/** A run as programs get it: the ledger's own column names, times in ISO 8601, UTC. */
export function ledgerRow(run: Run): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(run).map(([name, value]) => [
      snakeCase(name),
      times.has(name) && typeof value === "number" ? new Date(value).toISOString() : value,
    ]),
  );
}
