import type { ControlPlane, ControlValue } from "@thoth/control/open-control";
import { type RunColumnKind, runColumns } from "@thoth/control/run-columns";
import type { Checkpoint, Source, Stream, StreamColumn } from "./connector.ts";

/** The control plane's own tables as a source: what the mesh knows of itself becomes data like any other. */
export function controlPlane(name: string): Source {
  return {
    name,
    kind: "control-plane",
    description: "The mesh's run ledger and the snapshots that it has published.",
    observesMesh: true,
    streams: [
      sinceStream("runs", "mesh.runs", ledgerColumns, "completed_at"),
      sinceStream("snapshots", "mesh.snapshots", snapshotColumns, "published_at"),
    ],
  };
}

const instant = "TIMESTAMP WITH TIME ZONE";

const ledgerTypes: Readonly<Record<RunColumnKind, string>> = {
  text: "VARCHAR",
  small: "INTEGER",
  count: "BIGINT",
  time: instant,
  json: "JSON",
};

const ledgerColumns: readonly StreamColumn[] = runColumns.map(({ column, kind }) => ({
  name: column,
  type: ledgerTypes[kind],
}));

const snapshotColumns: readonly StreamColumn[] = [
  { name: "id", type: "VARCHAR" },
  { name: "domain", type: "VARCHAR" },
  { name: "product", type: "VARCHAR" },
  { name: "contract_version", type: "VARCHAR" },
  { name: "row_count", type: "BIGINT" },
  { name: "size_bytes", type: "BIGINT" },
  { name: "published_at", type: instant },
  { name: "watermark", type: instant },
  { name: "run_id", type: "VARCHAR" },
];

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
