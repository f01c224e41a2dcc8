import { parseSearchPath } from "./search-path.ts";

/** What one setting of a session may be. */
export interface SettingRule {
  readonly initial: string;
  readonly description: string;
  /** The value as it is kept; undefined when it is none of those that are allowed. */
  readonly parse: (value: string, mostMs: number) => string | undefined;
  /** What it can be, for those who tried something else. */
  readonly expected: string;
  /** Clients are told of its value when they connect and whenever it changes. */
  readonly reported?: true;
  readonly name?: string;
}

/**
 * Clients choose by it how they ask the catalog. That is of a newer version, but answers what was asked of this one, and
 * what clients ask of the newest one only the newest clients get right.
 */
const serverVersion = "14.0 (Thoth Mesh)";

const purposeName = "mesh.purpose";

/** By name in lower case. What is not here there is not. */
export const settingRules: Readonly<Record<string, SettingRule>> = {
  [purposeName]: any("", "Why data is read, one of contracts/policies/purposes.yaml"),
  application_name: { ...any("", "What the client calls itself"), reported: true },
  bytea_output: one("hex", "How bytes are shown as text"),
  client_encoding: {
    initial: "UTF8",
    description: "How text is encoded",
    // Postgres, too, looks at letters and digits alone: asyncpg sends it in quotes.
    parse: (value) => (/^(utf8|unicode)$/i.test(value.replace(/[^a-z0-9]/gi, "")) ? "UTF8" : undefined),
    expected: "UTF8",
    reported: true,
  },
  client_min_messages: any("notice", "Which notices are sent"),
  datestyle: {
    name: "DateStyle",
    initial: "ISO, MDY",
    description: "How dates are shown",
    parse: (value) => (/^iso\b/i.test(value) ? "ISO, MDY" : undefined),
    expected: "ISO",
    reported: true,
  },
  default_transaction_isolation: any("repeatable read", "Nothing changes in a snapshot"),
  default_transaction_read_only: { ...one("on", "Nothing can be written"), reported: true },
  extra_float_digits: any("1", "Numbers are always shown whole"),
  idle_in_transaction_session_timeout: timeout("Longest time without a statement inside of a transaction"),
  idle_session_timeout: timeout("Longest time without a statement"),
  in_hot_standby: { ...one("off", "This is no standby server"), reported: true },
  integer_datetimes: { ...one("on", "Times are sent as integers"), reported: true },
  intervalstyle: { name: "IntervalStyle", ...one("postgres", "How intervals are shown"), reported: true },
  is_superuser: { ...one("off", "Nobody is"), reported: true },
  jit: any("off", "Of no meaning here"),
  lock_timeout: timeout("Nothing is ever locked"),
  max_identifier_length: one("63", "Longest name that clients need to expect"),
  row_security: one("on", "Rules on rows always hold"),
  scram_iterations: { ...one("4096", "For hashing of passwords by clients"), reported: true },
  search_path: {
    initial: "",
    description: "Schemas in which tables are looked for that are named without one; all domains unless set",
    parse: (value) => (parseSearchPath(value) === undefined ? undefined : value.trim()),
    expected: 'a list of schemas, such as ontrack_learning, "splashkit_usage"',
  },
  server_encoding: { ...one("UTF8", "How text is encoded"), reported: true },
  server_version: { ...one(serverVersion, "Version of Postgres that clients may take this for"), reported: true },
  server_version_num: one("140000", "The same as a number"),
  standard_conforming_strings: { ...one("on", "A backslash means itself"), reported: true },
  statement_timeout: timeout("Longest time of one statement"),
  synchronize_seqscans: any("on", "Of no meaning here"),
  // Whatever a client asks for: times are always sent with their offset, which is that of UTC.
  timezone: { name: "TimeZone", ...any("UTC", "Times are shown in UTC"), parse: () => "UTC", reported: true },
  transaction_isolation: any("repeatable read", "Nothing changes in a snapshot"),
  transaction_read_only: one("on", "Nothing can be written"),
};

function any(initial: string, description: string): SettingRule {
  return { initial, description, parse: (value) => value, expected: "any text" };
}

function one(initial: string, description: string): SettingRule {
  const parse = (value: string) => (normalised(value) === normalised(initial) ? initial : undefined);
  return { initial, description, parse, expected: `${initial} and nothing else` };
}

function normalised(value: string): string {
  return value
    .toLowerCase()
    .replace(/^(true|yes|1)$/, "on")
    .replace(/^(false|no|0)$/, "off");
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Kept as milliseconds; 0 for the server's own limit. */
function timeout(description: string): SettingRule {
  return {
    initial: "0",
    description,
    parse: (value, mostMs) => {
      const [, count, unit = "ms"] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)?\s*$/.exec(value) ?? [];
      const ms = Math.round(Number(count) * (unitMs[unit] ?? Number.NaN));
      return Number.isSafeInteger(ms) ? String(Math.min(ms, mostMs)) : undefined;
    },
    expected: "a time such as 5000, '5s' or '1min'",
  };
}
