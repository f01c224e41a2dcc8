import { defineErrors } from "@thoth/kernel/mesh-error";

export const ingestError = defineErrors("ingest", {
  "no-files": (p: { pattern: string; folder: string; stream: string }) => ({
    message: `No file matches ${p.pattern} for stream ${p.stream}`,
    hint: `Put the export under ${p.folder}, set MESH_SOURCES to the folder that holds it, or correct \`files\` in the source.`,
  }),
  "missing-column": (p: { column: string; stream: string; found: readonly string[] }) => ({
    message: `Stream ${p.stream} needs column ${p.column}, which the source lacks (it has ${p.found.join(", ")})`,
    hint: "Correct the export or the declaration, or mark the column `optional: true` in the source when it may be missing.",
  }),
  "wrong-type": (p: { column: string; type: string; value: string }) => ({
    message: `Column ${p.column} holds ${p.value}, which is no ${p.type}`,
    hint: "Correct the value where it comes from, or declare the column as VARCHAR in the source and convert it in clean/*.sql.",
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
  "row-too-long": (p: { limitBytes: number }) => ({
    message: `A row is longer than ${p.limitBytes} bytes`,
    hint: "Leave the column with the long texts out of the declaration, or shorten it in a view at the source.",
  }),
  "missing-setting": (p: { variable: string }) => ({
    message: `The environment variable ${p.variable} is not set`,
    hint: "Set it where the mesh runs; secrets are never kept in the repository.",
  }),
  "invalid-connection": (p: { problem: string; form: string }) => ({
    message: `The connection of the source ${p.problem}`,
    hint: `Write it as ${p.form}, with special characters percent-encoded.`,
  }),
  "invalid-offset": (p: { offset: string }) => ({
    message: `${p.offset} is no offset from UTC`,
    hint: "Write hours and minutes with a sign: +10:00.",
  }),
  "source-unreachable": (p: { server: string; reason: string }) => ({
    message: `${p.server} does not answer: ${p.reason}`,
    hint: "Check that the server runs, and that host and port are right and reachable from here. The next run goes on where this one stopped.",
  }),
  "source-refused": (p: { server: string; reason: string }) => ({
    message: `${p.server} refuses us: ${p.reason}`,
    hint: "Check user, password or token, and what this user may read; columns that are not declared need no permission.",
  }),
  "source-timeout": (p: { server: string; limitMs: number }) => ({
    message: `${p.server} needed longer than ${p.limitMs} ms`,
    hint: "Raise the limit in the source, or give the server an index on the cursor and the key.",
  }),
  "source-failed": (p: { server: string; reason: string }) => ({
    message: `${p.server} failed: ${p.reason}`,
    hint: "Look into the log of that server; the next run goes on where this one stopped.",
  }),
  "foreign-address": (p: { server: string; found: string }) => ({
    message: `${p.server} sends us on to ${p.found}, which is another server`,
    hint: "Only the configured origin is followed, because the credentials are meant for it alone. Correct `baseUrl` if the service has moved.",
  }),
  "endless-paging": (p: { server: string; pages: number }) => ({
    message: `The pages of ${p.server} do not end: after ${p.pages} the next one is one that we have had, or the limit is reached`,
    hint: "Correct `paging` in the source, or raise `maxPages`.",
  }),
  "source-command": (p: { command: string; reason: string }) => ({
    message: `The source ${p.command} cannot be run: ${p.reason}`,
    hint: "Correct `command` in the source; the file must exist and be executable for the user that runs the mesh.",
  }),
  "source-count": (p: { source: string; counted: number; told: number }) => ({
    message: `${p.source} says that it sent ${p.told} records before a state, and ${p.counted} came`,
    hint: "Nothing after the state before has landed, so the next run repeats it. If it happens again, the source is at fault.",
  }),
  "source-incomplete": (p: { source: string; reason: string }) => ({
    message: `${p.source} ended before its stream was complete: ${p.reason}`,
    hint: "What it had checkpointed has landed; the next run goes on from there. Its log tells why (`onLog`).",
  }),
  "missing-table": (p: { stream: string; table: string }) => ({
    message: `Stream ${p.stream} reads ${p.table}, which does not exist or is hidden from this user`,
    hint: "Correct `schema` and `table` in the source, or grant the user access.",
  }),
  "unfit-cursor": (p: { stream: string; column: string; problem: string }) => ({
    message: `Stream ${p.stream} cannot be read by ${p.column}: ${p.problem}`,
    hint: 'Name a column that grows with every change and a unique key, or use `mode: "replace"`.',
  }),
});
