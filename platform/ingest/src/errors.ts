import { defineErrors } from "@thoth/kernel/mesh-error";

export const ingestError = defineErrors("ingest", {
  "no-files": (p: { pattern: string; folder: string; stream: string }) => ({
    message: `No file matches ${p.pattern} for stream ${p.stream}`,
    hint: `Put the export under ${p.folder}, set MESH_SOURCES to the folder that holds it, or correct \`files\` in the source.`,
  }),
  "missing-column": (p: { column: string; stream: string; found: readonly string[] }) => ({
    message: `Stream ${p.stream} needs column ${p.column}, which the file lacks (it has ${p.found.join(", ")})`,
    hint: "Correct the export, or mark the column `optional: true` in the source when older files may lack it.",
  }),
  "wrong-type": (p: { column: string; type: string; value: string }) => ({
    message: `Column ${p.column} holds ${p.value}, which is no ${p.type}`,
    hint: "Correct the file, or declare the column as VARCHAR in the source and convert it in clean/*.sql.",
  }),
  "malformed-file": (p: { detail: string }) => ({
    message: `The file cannot be read: ${p.detail}`,
    hint: "Export it again; when the whole file is cut off, the export was probably still being written.",
  }),
  "raw-type-changed": (p: { table: string; column: string; before: string; after: string }) => ({
    message: `${p.table}.${p.column} is stored as ${p.before}, and the source now declares ${p.after}`,
    hint: "Run the domain with --full: it drops the raw table and loads everything again.",
  }),
  "unknown-event-time": (p: { stream: string; column: string }) => ({
    message: `Stream ${p.stream} names ${p.column} as its event time but does not declare that column`,
    hint: "Declare the column or remove `eventTime`.",
  }),
});
