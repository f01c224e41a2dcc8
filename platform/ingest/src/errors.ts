import { defineErrors } from "@thoth/kernel/mesh-error";

export const ingestError = defineErrors("ingest", {
  "unfit-range": (p: { stream: string }) => ({
    message: `Parts of ${p.stream} cannot be asked for by \`range\` alone`,
    hint: "Declare `since` and `eventTime` as well: they tell which item is which, and to which part it belongs.",
  }),
  "never-loaded": (p: { stream: string }) => ({
    message: `raw.${p.stream} has never been loaded, so no part of it can be loaded again`,
    hint: "Run it first, as a whole: mesh run.",
  }),
  "no-files": (p: { pattern: string; folder: string; stream: string }) => ({
    message: `No file matches ${p.pattern} for stream ${p.stream}`,
    hint: `Put the export under ${p.folder}, set MESH_SOURCES to the folder that holds it, or correct \`files\` in the source.`,
  }),
  "missing-column": (p: { column: string; stream: string; found: readonly string[] }) => ({
    message: `Stream ${p.stream} needs column ${p.column}, which the source lacks (it has ${p.found.join(", ")})`,
    hint: "Correct the export or the declaration, or mark the column `optional: true` in the source when it may be missing.",
  }),
  "secret-column": (p: { column: string }) => ({
    message: `${p.column} is declared as a column, and its name says that it is a secret`,
    hint: "Secrets are never read: leave it out. If it is none, say so: `notSecret: true`.",
  }),
  "wrong-type": (p: { column: string; type: string; value: string }) => ({
    message: `Column ${p.column} holds ${p.value}, which is no ${p.type}`,
    hint: "Correct the value where it comes from, declare a type that holds it (with more digits behind the point, say), or declare the column as VARCHAR in the source and convert it in clean/*.sql.",
  }),
  "too-many-misfits": (p: { stream: string; rejected: number; rows: number; limit: number; reason: string }) => ({
    message: `${p.rejected} of ${p.rows} rows of ${p.stream} hold values that do not fit, more than the share of ${p.limit} that may be left out; the first: ${p.reason}`,
    hint: "Correct the values where they come from, raise `maxRejectedShare` of the stream, or declare the column as VARCHAR and convert it in clean/*.sql.",
  }),
  "malformed-file": (p: { detail: string }) => ({
    message: `The file cannot be read: ${p.detail}`,
    hint: "Export it again; when the whole file is cut off, the export was probably still being written.",
  }),
  "file-vanished": () => ({
    message: "The file is gone since the run looked for it",
    hint: "Somebody moved it, or an export is being replaced. Nothing of it has landed; run again when it is complete.",
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
    hint: "What it had checkpointed has landed; the next run goes on from there. What it said last is in the log of the run: mesh runs show <run>.",
  }),
  "invalid-config": (p: { source: string; problems: readonly string[] }) => ({
    message: `The configuration of ${p.source} does not fit what the source asks for: ${p.problems.join("; ")}`,
    hint: "Correct the JSON that `config` of the source names. `<command> spec` prints what the source takes.",
  }),
  "invalid-catalog": (p: { file: string; problem: string }) => ({
    message: `${p.file} cannot be used: ${p.problem}`,
    hint: "`discover` prints the catalog that streams are chosen from; a state is a list of STATE messages as `read` printed them.",
  }),
  "counts-differ": (p: { stream: string; source: string; given: number; found: number }) => ({
    message: `${p.source} gave ${p.given} rows of ${p.stream}, and ${p.found} arrived`,
    hint: "Nothing of this batch has landed, so the next run repeats it. If it happens again, this is a fault of the mesh.",
  }),
  "missing-table": (p: { stream: string; table: string }) => ({
    message: `Stream ${p.stream} reads ${p.table}, which does not exist or is hidden from this user`,
    hint: "Correct `schema` and `table` in the source, or grant the user access.",
  }),
  "unfit-cursor": (p: { stream: string; column: string; problem: string }) => ({
    message: `Stream ${p.stream} cannot be read by ${p.column}: ${p.problem}`,
    hint: 'Name a column that grows with every change and a unique key, or use `mode: "replace"`.',
  }),
  "collector-overloaded": (_: Readonly<Record<string, never>>) => ({
    message: "More is coming in at once than can be taken",
    hint: "Send it again after the time given; what has been acknowledged is safe.",
    retryAfterMs: 1000,
  }),
  "collector-disk-full": (_: Readonly<Record<string, never>>) => ({
    message: "There is no room on the disk for what comes in",
    hint: "Make room on the disk that holds MESH_HOME. What has been acknowledged is safe; the rest may be sent again.",
    retryAfterMs: 60_000,
  }),
  "collector-disk": (p: { reason: string }) => ({
    message: `The disk does not keep what comes in (${p.reason})`,
    hint: "Look at the disk that holds MESH_HOME and at the rights of its folder collector/. What has been acknowledged is safe; the rest may be sent again.",
    retryAfterMs: 5000,
  }),
  "segment-damaged": (p: { file: string; offset: number }) => ({
    message: `${p.file} is damaged at byte ${p.offset}: whole records lie behind a broken one, which no crash leaves behind`,
    hint: "Restore the file from a backup. To go on without what is broken, remove the broken lines; every other line holds by itself.",
  }),
  "collector-in-use": (p: { folder: string; reason: string }) => ({
    message: `Another process takes events into ${p.folder} (${p.reason})`,
    hint: "One process collects for a home. Send events to that one, or end it first.",
  }),
  "event-contract": (p: { file: string; problem: string }) => ({
    message: `The event contract ${p.file} ${p.problem}`,
    hint: "Its one object describes the events: the property `type` with an `enum` of the types taken in, and `data` with a classification.",
  }),
  "intake-conflict": (p: { what: string; domains: readonly string[] }) => ({
    message: `${p.domains.join(" and ")} both take in ${p.what}`,
    hint: "An event belongs to one domain: take the type out of one of the two contracts.",
  }),
  "key-file": (p: { file: string }) => ({
    message: `${p.file} does not hold the collector's keys as this mesh writes them`,
    hint: "Restore it from a backup, or remove it and make new keys: mesh collector key add.",
  }),
  "key-file-busy": (p: { file: string }) => ({
    message: "Another command is changing the collector's keys",
    hint: `Try again; if there is no other command, one was cut off: remove ${p.file}.`,
  }),
  "cannot-listen": (p: { host: string; port: number; reason: string }) => ({
    message: `The collector cannot listen on ${p.host}:${p.port} (${p.reason})`,
    hint: "Choose another port with MESH_PORT, or another address with MESH_HOST.",
  }),
  "key-missing": (_: Readonly<Record<string, never>>) => ({
    message: "Events are taken only from those who have a key",
    hint: "Send it: Authorization: Bearer <key>. mesh collector key add makes one.",
  }),
  "key-unknown": (_: Readonly<Record<string, never>>) => ({
    message: "This key is unknown or has been revoked",
    hint: "Ask whoever runs the mesh for a new one: mesh collector key add.",
  }),
  "key-misused": (p: { problem: string }) => ({
    message: p.problem,
    hint: "Pages and addresses take a publishable key, made for their origins: mesh collector key add --publishable --origin.",
  }),
  "rate-limited": (p: { perSecond: number; retryAfterMs: number }) => ({
    message: `More than ${p.perSecond} events a second come from this key`,
    hint: "Send them again after the time given, several in a batch.",
    retryAfterMs: p.retryAfterMs,
  }),
  "collector-closed": (_: Readonly<Record<string, never>>) => ({
    message: "Events are not taken in here at the moment",
    hint: "Send them again after the time given. The log of this process says why, or which process takes them in.",
    retryAfterMs: 60_000,
  }),
});
