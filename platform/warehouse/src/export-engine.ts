import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { tableNameOf } from "@thoth/kernel/major-names";
import { snakeCase } from "@thoth/kernel/names";
import { AttachedSnapshots, type HeldSnapshot } from "./attached-snapshots.ts";
import { connectMasking, lockEngine } from "./locked-engine.ts";
import { openEngine } from "./open-engine.ts";
import type { SqlValue } from "./query-engine.ts";
import type { AttachOptions } from "./read-side.ts";
import { runStatement } from "./run-statement.ts";
import { SerialQueue } from "./serial-queue.ts";
import type { Snapshot } from "./snapshot.ts";
import { quoteLiteral } from "./sql-text.ts";

/**
 * An engine that writes files from published snapshots. The read side writes none: no statement that reaches it may touch
 * the disk. No text of a reader reaches this one.
 */
export interface ExportEngine extends AsyncDisposable {
  /** @throws MeshError `warehouse/corrupt-snapshot`, `warehouse/file-unreachable` */
  hold(snapshot: Snapshot, as?: AttachOptions): Promise<HeldSnapshot>;
  /**
   * Writes what a SELECT yields, one file at a time.
   * @param select over the catalogs of held snapshots
   * @param options.rowsOfGroup rows that are written together, and held in memory until then; the engine's own number when absent
   * @throws MeshError `warehouse/disk-full`, `warehouse/statement-failed`; the signal's reason
   */
  writeParquet(
    file: string,
    select: { readonly sql: string; readonly params: readonly SqlValue[] },
    options: { readonly signal: AbortSignal; readonly rowsOfGroup?: number },
  ): Promise<void>;
}

export interface ExportEngineOptions {
  readonly snapshotDir: string;
  /** With the snapshots' the only folder that it can reach. */
  readonly exportDir: string;
  /** As that of the read side, so that masks are the same. */
  readonly maskKey: string;
  readonly threads?: number | undefined;
  readonly memoryLimit?: string | undefined;
}

export async function openExportEngine(options: ExportEngineOptions): Promise<ExportEngine> {
  const [snapshotDir, exportDir] = [resolve(options.snapshotDir), resolve(options.exportDir)];
  await mkdir(exportDir, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const instance = await openEngine({ ...options, tmpDir: exportDir });
  stack.defer(() => instance.closeSync());
  const open = () => connectMasking(instance, options.maskKey, stack);
  const [admin, writer] = [await open(), await open()];
  await lockEngine(admin, [snapshotDir, exportDir]);
  return exportEngine({ admin, writer, snapshotDir }, stack.move());
}

interface Connections {
  readonly admin: DuckDBConnection;
  readonly writer: DuckDBConnection;
  readonly snapshotDir: string;
}

function exportEngine({ admin, writer, snapshotDir }: Connections, resources: AsyncDisposableStack): ExportEngine {
  const queue = new SerialQueue();
  const snapshots = new AttachedSnapshots(admin, snapshotDir, {
    viewsChanged: () => undefined,
    runningQueries: async () => undefined,
  });
  return {
    hold: (snapshot, as = {}) => {
      const { domain, product, contractVersion } = snapshot;
      return snapshots.hold(snapshot, {
        catalog: snakeCase(domain),
        table: tableNameOf(product, contractVersion),
        ...as,
      });
    },
    writeParquet: (file, { sql, params }, { signal, rowsOfGroup }) =>
      queue.run(async () => {
        const groups = rowsOfGroup === undefined ? "" : `, row_group_size ${Math.trunc(rowsOfGroup)}`;
        const copy = `copy (${sql}) to ${quoteLiteral(resolve(file))} (format parquet, compression zstd${groups})`;
        await runStatement(writer, copy, params, signal);
      }),
    [Symbol.asyncDispose]: async () => {
      await queue.idle();
      await snapshots.settled();
      await resources.disposeAsync();
    },
  };
}
