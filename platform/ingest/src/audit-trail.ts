import { existsSync } from "node:fs";
import { glob } from "node:fs/promises";
import { declareColumns } from "./column-spec.ts";
import type { RelationData, Source, Stream } from "./connector.ts";
import { fileStream } from "./file-stream.ts";
import { readJson } from "./json-files.ts";

/** The mesh's own audit trail as a source: who reads what becomes data like any other. */
export function auditTrail(name: string): Source {
  return {
    name,
    kind: "audit-trail",
    description: "Every read, refusal and agreement, as the mesh wrote it down. `mesh doctor` verifies it.",
    observesMesh: true,
    streams: [records],
  };
}

const columns = declareColumns({
  writer: "VARCHAR",
  sequence: "BIGINT",
  at: "TIMESTAMP WITH TIME ZONE",
  event: "VARCHAR",
  request_id: "VARCHAR",
  principal: "VARCHAR",
  principal_kind: "VARCHAR",
  roles: "VARCHAR[]",
  authenticated: "VARCHAR",
  port: "VARCHAR",
  product: "VARCHAR",
  version: "VARCHAR",
  columns_read: { type: "VARCHAR[]", from: "columns" },
  purpose: "VARCHAR",
  agreement: "VARCHAR",
  fingerprint: "VARCHAR",
  rows: "BIGINT",
  times: "BIGINT",
  snapshot: "VARCHAR",
  outcome: "VARCHAR",
  code: "VARCHAR",
  subject: "VARCHAR",
});

const pattern = "*.ndjson";
const { address: _, ...segments } = fileStream(
  { name: "audit_records", files: pattern, eventTime: "at" },
  columns,
  async (files) => {
    const lines = readJson(files, columns, "newline_delimited", "null");
    return { ...lines, sql: withoutTorn(lines) };
  },
);

/** A segment grows while it is read; one that grew replaces its own rows. */
const records: Stream = {
  ...segments,
  async *read(context) {
    const { auditDir } = context;
    if (auditDir === undefined || !(await hasSegments(auditDir))) return;
    yield* segments.read({ ...context, sourcesDir: auditDir });
  },
};

/** The last line of a process that was killed, or that writes it now, is no record yet. */
function withoutTorn({ sql }: RelationData): string {
  return `SELECT * FROM (${sql}) WHERE "sequence" IS NOT NULL`;
}

async function hasSegments(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false;
  for await (const _ of glob(pattern, { cwd: folder })) return true;
  return false;
}
