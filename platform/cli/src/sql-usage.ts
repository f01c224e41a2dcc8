import { randomUUID } from "node:crypto";
import { userInfo } from "node:os";
import { openUsageFile } from "@thoth/control/usage-files";
import type { Clock } from "@thoth/kernel/clock";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import type { SqlRead } from "./sql-reads.ts";

const hourMs = 3_600_000;

/**
 * Leaves a note of what a statement of `mesh sql` has read, by the account of this machine that asked. It waits for no
 * database: whoever owns the home takes it in.
 */
export async function noteSqlReads(home: MeshHome, reads: readonly SqlRead[], clock: Clock): Promise<void> {
  if (reads.length === 0) return;
  const now = clock();
  const consumer = localAccount();
  const counts = reads.map(({ model, columns }) => ({
    hour: now - (now % hourMs),
    product: model.id,
    version: model.version,
    columns,
    consumer,
    domain: undefined,
    purpose: "mesh sql",
    reads: 1,
  }));
  await using file = openUsageFile(home.usageDir, clock);
  await file.save({ writer: randomUUID(), sequence: 1, counts });
}

/** `local:ada`; a process can run under a number that no account has. */
export function localAccount(): string {
  try {
    return `local:${userInfo().username}`;
  } catch {
    return "local";
  }
}
