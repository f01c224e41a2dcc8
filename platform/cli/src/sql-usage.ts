import { randomUUID } from "node:crypto";
import type { SecuredRead } from "@thoth/access/secured-sql/secured-sql";
import { openUsageFile } from "@thoth/control/usage-files";
import type { Clock } from "@thoth/kernel/clock";
import type { MeshHome } from "@thoth/pipeline/mesh-home";

const hourMs = 3_600_000;

export interface SqlReader {
  /** `local:ada` */
  readonly consumer: string;
  readonly purpose: string | undefined;
  readonly clock: Clock;
}

/**
 * Leaves a note of what a statement of `mesh sql` has read. It waits for no database: whoever owns the home takes it in.
 */
export async function noteSqlReads(
  home: MeshHome,
  reads: readonly SecuredRead[],
  { consumer, purpose, clock }: SqlReader,
): Promise<void> {
  if (reads.length === 0) return;
  const now = clock();
  const counts = reads.map(({ model, columns }) => ({
    hour: now - (now % hourMs),
    product: model.id,
    version: model.version,
    columns,
    consumer,
    domain: undefined,
    purpose,
    kind: "person" as const,
    port: "cli",
    reads: 1,
  }));
  await using file = openUsageFile(home.usageDir, clock);
  await file.save({ writer: randomUUID(), sequence: 1, counts });
}
