/**
 * The SQLSTATE of each of our codes: what programs that know Postgres decide by.
 * @source PostgreSQL, appendix A
 */
const states: Readonly<Record<string, string>> = {
  "gateway/sql-protocol": "08P01",
  "gateway/sql-parameter-count": "08P01",
  "gateway/sql-message-too-large": "54000",
  "gateway/sql-unsupported": "0A000",
  "gateway/sql-result-changed": "0A000",
  "gateway/sql-catalog-mixed": "0A000",
  "gateway/sql-syntax": "42601",
  "gateway/sql-many-statements": "42601",
  "gateway/sql-unknown-statement": "26000",
  "gateway/sql-unknown-cursor": "34000",
  "gateway/sql-unknown-savepoint": "3B001",
  "gateway/sql-statement-taken": "42P05",
  "gateway/sql-cursor-taken": "42P03",
  "gateway/sql-too-many-open": "53400",
  "gateway/sql-transaction-failed": "25P02",
  "gateway/sql-no-transaction": "25P01",
  "gateway/sql-unknown-setting": "42704",
  "gateway/sql-bad-setting": "22023",
  "gateway/sql-bad-value": "22P02",
  "gateway/sql-access-changed": "42501",
  "gateway/sql-cancelled": "57014",
  "gateway/sql-timed-out": "57014",
  "gateway/sql-client-stalled": "57014",
  "gateway/sql-catalog-slow": "57014",
  "gateway/sql-catalog-too-large": "54000",
  "gateway/sql-catalog-failed": "58000",
  "gateway/sql-idle": "57P05",
  "gateway/sql-slow-sign-in": "57014",
  "gateway/sql-stopping": "57P01",
  "gateway/sql-signed-out": "57P01",
  "gateway/sql-too-many-connections": "53300",
  "gateway/sql-unknown-database": "3D000",
  "gateway/sql-no-user": "28000",
  "gateway/sql-tls-needed": "28000",
  "gateway/sql-sign-in-refused": "28P01",
  "gateway/sql-other-user": "28P01",
  "gateway/sql-too-many-attempts": "28P01",
  "warehouse/sql-syntax": "42601",
  "warehouse/sql-not-a-select": "0A000",
  "warehouse/sql-several-statements": "42601",
  "warehouse/read-refused": "42501",
  "warehouse/function-refused": "42501",
  "warehouse/not-a-read": "0A000",
  "warehouse/too-many-queries": "53300",
  "warehouse/out-of-memory": "53200",
  "warehouse/disk-full": "53100",
  "warehouse/no-snapshot": "55000",
  "warehouse/engine-broken": "XX000",
  "access/sql-timeout": "57014",
  "access/sql-too-many-rows": "54000",
  "access/sql-too-large": "54001",
  "access/sql-construct-refused": "0A000",
  "access/sql-aggregates-only": "42501",
  "access/sql-hidden-failure": "22000",
  "access/sql-parameters": "08P01",
  "access/audit-unavailable": "58000",
};

/** What the engine says when it knows no such thing, in the parts of our messages that it wrote. */
const wordings: readonly (readonly [RegExp, string])[] = [
  [/\bcolumn\b.*\b(not found|does not exist|not have)/i, "42703"],
  [/\btable\b.*\b(not found|does not exist)/i, "42P01"],
  [/\bfunction\b.*\b(not found|does not exist)|no function matches/i, "42883"],
  [/division by zero/i, "22012"],
  [/could not convert|conversion error|malformed/i, "22P02"],
  [/out of range|overflow/i, "22003"],
];

/** @param message of the error: some codes stand for whatever the engine said */
export function sqlStateOf(code: string, message: string): string {
  const worded = wordings.find(([pattern]) => pattern.test(message))?.[1];
  return states[code] ?? worded ?? (code.startsWith("access/") ? "42501" : "42000");
}
