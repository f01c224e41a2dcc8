import { quoteList, quoteLiteral } from "@thoth/warehouse/sql-text";
import type { RelationData, Stream, StreamColumn } from "./connector.ts";
import { explainReadFailure } from "./engine-failure.ts";
import type { SourceFile } from "./file-set.ts";
import type { FileStreamOptions } from "./file-stream.ts";
import { logStream, longestLine } from "./log-stream.ts";
import { sourceColumn } from "./source-column.ts";

/**
 * One row per log line: what happened, never who in clear. Names and addresses are hashed while the line is
 * read, and the text of a line that is not understood is not kept (`kind` is then `other`).
 */
const railsLogColumns: readonly StreamColumn[] = [
  { name: "at", type: "TIMESTAMP WITH TIME ZONE" },
  { name: "severity", type: "VARCHAR" },
  { name: "kind", type: "VARCHAR" },
  { name: "method", type: "VARCHAR" },
  { name: "path", type: "VARCHAR" },
  { name: "unit_id", type: "BIGINT" },
  { name: "task_id", type: "BIGINT" },
  { name: "user_key", type: "VARCHAR" },
  { name: "ip_key", type: "VARCHAR" },
  { name: "trigger", type: "VARCHAR" },
];

/** Rails log files in OnTrack's two formats: `TIME,IP,SEVERITY: MESSAGE` and the bare request line. */
export function railsLog(options: Pick<FileStreamOptions, "name" | "files">): Stream {
  return logStream({ ...options, eventTime: "at" }, railsLogColumns, readLog);
}

type Part = "at" | "method" | "path" | "user" | "ip" | "task" | "trigger";

interface Message {
  readonly kind: string;
  /** SQL LIKE that is cheap and lets through a little too much; the pattern decides. */
  readonly guard: string;
  readonly pattern: string;
  /** What the pattern's groups hold, in order; at most `groups`. */
  readonly parts: readonly Part[];
}

const groups = 4;

/** What each message of OnTrack means; the first whose guard fits names the kind. */
const messages: readonly Message[] = [
  {
    kind: "request",
    guard: "Started %",
    pattern: '^Started ([A-Z]+) "([^"?]*)[^"]*" for (\\S+) at (.+)$',
    parts: ["method", "path", "ip", "at"],
  },
  { kind: "authenticate", guard: "Authenticate %", pattern: "^Authenticate (\\S+) from (\\S+)", parts: ["user", "ip"] },
  { kind: "login", guard: "Login %", pattern: "^Login (\\S+) from (\\S+)", parts: ["user", "ip"] },
  { kind: "sign_out", guard: "Sign out %", pattern: "^Sign out (\\S+) from (\\S+)", parts: ["user", "ip"] },
  {
    kind: "token_timeout",
    guard: "Timing out token %",
    pattern: "^Timing out token for (\\S+) from (\\S+)",
    parts: ["user", "ip"],
  },
  {
    kind: "login_failed",
    guard: "Error logging in %",
    pattern: "^Error logging in for (\\S+)(?: / \\S+)? from (\\S+)",
    parts: ["user", "ip"],
  },
  {
    kind: "assessing",
    guard: "% assessing task %",
    pattern: "^(\\S+) assessing task (\\d+) to (\\S+)",
    parts: ["user", "task", "trigger"],
  },
  {
    kind: "comment",
    guard: "% - added comment for task %",
    pattern: "^(\\S+) - added comment for task (\\d+)",
    parts: ["user", "task"],
  },
  {
    kind: "submission",
    guard: "Submission accepted! %",
    pattern: "^Submission accepted! Status for task (\\d+) is now (\\S+)",
    parts: ["task", "trigger"],
  },
  { kind: "portfolio_created", guard: "Created portfolio at %", pattern: "^(Created)", parts: [] },
  { kind: "portfolio_failed", guard: "Failed to convert portfolio %", pattern: "^(Failed)", parts: [] },
  { kind: "import", guard: "% - Import success for %", pattern: "(Import)", parts: [] },
  {
    kind: "overseer",
    guard: "Overseer assessment for task_def_id: %",
    pattern: "^Overseer assessment for task_def_id: \\d+ task_id: (\\d+) was performed",
    parts: ["task"],
  },
  { kind: "turnitin_failed", guard: "TII failed%", pattern: "^(TII)", parts: [] },
  { kind: "exception", guard: "Unhandled exception: %", pattern: "^(Unhandled)", parts: [] },
];

const prefix =
  "^(20\\d\\d-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?: ?(?:[+-]\\d\\d:?\\d\\d|UTC|Z))?),([^,]*),([A-Z]+): (.*)$";

/**
 * Three steps, one regular expression each: the prefix, the kind by its guard, the parts by that kind's pattern. Lines may end
 * in either way, which the engine calls not strict.
 */
function readLog(files: readonly SourceFile[]): RelationData {
  const names = quoteList(files.map((file) => file.path));
  const sql = `SELECT
  ${instant(`coalesce(${part("at")}, head.at)`)} AS "at",
  nullif(head.severity, '') AS severity,
  CASE WHEN parts.g1 <> '' THEN kind ELSE 'other' END AS kind,
  ${part("method")} AS method,
  ${part("path")} AS path,
  TRY_CAST(regexp_extract(${part("path")}, '/units/(\\d+)', 1) AS BIGINT) AS unit_id,
  TRY_CAST(coalesce(${part("task")}, regexp_extract(${part("path")}, '/tasks/(\\d+)', 1)) AS BIGINT) AS task_id,
  pseudonym(${part("user")}) AS user_key,
  pseudonym(coalesce(${part("ip")}, nullif(nullif(head.ip, ''), 'unknown'))) AS ip_key,
  ${part("trigger")} AS trigger,
  ${sourceColumn(files)}
FROM (SELECT *, CASE kind ${messages.map(extractParts).join(" ")} END AS parts
FROM (SELECT *, CASE ${messages.map(({ guard, kind }) => `WHEN message LIKE ${quoteLiteral(guard)} THEN '${kind}'`).join(" ")} END AS kind
FROM (SELECT filename, head, CASE WHEN head.message = '' THEN line ELSE head.message END AS message
FROM (SELECT filename, line, regexp_extract(line, ${quoteLiteral(prefix)}, ['at', 'ip', 'severity', 'message']) AS head
FROM read_csv(${names}, header = false, auto_detect = false, delim = E'\\x01', quote = '', escape = '',
  columns = {'line': 'VARCHAR'}, filename = true, max_line_size = ${longestLine}, strict_mode = false, compression = 'none')
WHERE line <> ''))))`;
  return { kind: "relation", sql, explain: explainReadFailure([]) };
}

/** Every pattern is filled up with empty groups, so that all kinds yield one type. */
function extractParts({ kind, pattern, parts }: Message): string {
  const filled = pattern + "()".repeat(groups - Math.max(1, parts.length));
  return `WHEN '${kind}' THEN regexp_extract(message, ${quoteLiteral(filled)}, ['g1', 'g2', 'g3', 'g4'])`;
}

/** One part of whatever kind the line is; null when the kind has none. */
function part(name: Part): string {
  const branches = messages.flatMap(({ kind, parts }) => {
    const index = parts.indexOf(name);
    return index < 0 ? [] : [`WHEN '${kind}' THEN parts.g${index + 1}`];
  });
  return `nullif(CASE kind ${branches.join(" ")} END, '')`;
}

/** Rails writes `2026-05-01 09:12:33 +1000`; the engine wants `+10:00`. Without an offset the time is UTC. */
function instant(text: string): string {
  return `TRY_CAST(regexp_replace(${text}, ' ?([+-]\\d\\d):?(\\d\\d)$', '\\1:\\2') AS TIMESTAMP WITH TIME ZONE)`;
}
