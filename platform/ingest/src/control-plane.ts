import type { ControlPlane, ControlValue } from "@thoth/control/open-control";
import type { Checkpoint, Source, Stream, StreamColumn } from "./connector.ts";

/** The control plane's own tables as a source: what the mesh knows of itself becomes data like any other. */
export function controlPlane(name: string): Source {
  return {
    name,
    kind: "control-plane",
    description: "The mesh's run ledger and the snapshots that it has published.",
    observesMesh: true,
    streams: [
      sinceStream("runs", "mesh.runs", runColumns, "completed_at"),
      sinceStream("snapshots", "mesh.snapshots", snapshotColumns, "published_at"),
    ],
  };
}

const instant = "TIMESTAMP WITH TIME ZONE";

const runColumns: readonly StreamColumn[] = columns({
  run_id: "VARCHAR",
  parent_run_id: "VARCHAR",
  domain: "VARCHAR",
  product: "VARCHAR",
  pipeline: "VARCHAR",
  attempt: "INTEGER",
  trigger: "VARCHAR",
  partition_key: "VARCHAR",
  code_version: "VARCHAR",
  contract_version: "VARCHAR",
  status: "VARCHAR",
  queued_at: instant,
  started_at: instant,
  completed_at: instant,
  duration_ms: "BIGINT",
  rows_read: "BIGINT",
  rows_inserted: "BIGINT",
  rows_updated: "BIGINT",
  rows_deleted: "BIGINT",
  rows_rejected: "BIGINT",
  row_count_after: "BIGINT",
  bytes_in: "BIGINT",
  bytes_out: "BIGINT",
  checkpoint_before: "JSON",
  checkpoint_after: "JSON",
  failure_class: "VARCHAR",
  failure_step: "VARCHAR",
  failure_message: "VARCHAR",
  root_cause_run_id: "VARCHAR",
  checks_passed: "BIGINT",
  checks_warned: "BIGINT",
  checks_failed: "BIGINT",
  watermark_before: instant,
  watermark_after: instant,
  snapshot_id: "VARCHAR",
});

const snapshotColumns: readonly StreamColumn[] = columns({
  id: "VARCHAR",
  domain: "VARCHAR",
  product: "VARCHAR",
  contract_version: "VARCHAR",
  row_count: "BIGINT",
  size_bytes: "BIGINT",
  published_at: instant,
  watermark: instant,
  run_id: "VARCHAR",
});

function columns(types: Readonly<Record<string, string>>): StreamColumn[] {
  return Object.entries(types).map(([name, type]) => ({ name, type }));
}

const rowsPerBatch = 5_000;

/**
 * Reads rows that never change once they have `since`, from the last seen instant on. Rows at that very instant come
 * again, because others may have been written in the same millisecond; `clean/` keeps one of each.
 */
function sinceStream(name: string, table: string, declared: readonly StreamColumn[], since: string): Stream {
  return {
    name,
    columns: declared,
    async *read(context) {
      for (let checkpoint = context.checkpoint; ; ) {
        const { rows, newest } = await readSince({ table, declared, since, checkpoint }, context.control);
        if (newest === undefined || newest === checkpoint?.newest) return;
        checkpoint = { newest };
        yield { data: { kind: "rows", source: table, rows }, replaces: "new", bytes: 0, checkpoint };
        if (rows.length < rowsPerBatch) return;
      }
    },
  };
}

interface SinceRead {
  readonly table: string;
  readonly declared: readonly StreamColumn[];
  readonly since: string;
  readonly checkpoint: Checkpoint | undefined;
}

async function readSince({ table, declared, since, checkpoint }: SinceRead, control: ControlPlane) {
  const after = typeof checkpoint?.newest === "string" ? checkpoint.newest : "-infinity";
  const rows = await readTable(
    control,
    declared,
    `from ${table} where ${since} >= $1::timestamptz order by ${since} limit ${rowsPerBatch}`,
    [after],
  );
  const position = declared.findIndex((column) => column.name === since);
  return { rows, newest: rows.at(-1)?.[position] as string | undefined };
}

/** Values come as text: instants to the microsecond, JSON as it is stored. */
async function readTable(
  control: ControlPlane,
  declared: readonly StreamColumn[],
  rest: string,
  params: readonly ControlValue[],
): Promise<(string | null)[][]> {
  const items = declared.map(({ name, type }) =>
    type === instant
      ? `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${name}`
      : `${name}::text as ${name}`,
  );
  const rows = await control.query<Record<string, string | null>>(`select ${items.join(", ")} ${rest}`, params);
  return rows.map((row) => declared.map(({ name }) => row[name] ?? null));
}
