/** Why a function is refused in the SQL of a domain; each has its own advice. */
export type FunctionRisk = "outside" | "engine" | "state" | "chance" | "code";

export const riskHints: Readonly<Record<FunctionRisk, string>> = {
  outside: "A query reads tables and nothing else. Data from files or networks enters through a source of the domain.",
  engine: "A query must not depend on the session, its settings or the engine's own catalog.",
  state: "A query must not change anything: the same data gives the same result, however often it runs.",
  chance: "A query must give the same result each time. Derive identifiers from the key instead, such as md5(key).",
  code: "SQL in strings cannot be checked. Write the query itself.",
};

const refused: Readonly<Record<FunctionRisk, readonly string[]>> = {
  outside: ["getenv", "glob", "inet_client_addr", "inet_client_port", "inet_server_addr", "inet_server_port"],
  engine: [
    ...["current_setting", "getvariable", "version", "current_database", "current_catalog", "current_schema"],
    ...["current_schemas", "current_user", "current_role", "session_user", "user", "current_query", "current_query_id"],
    ...["current_connection_id", "current_transaction_id", "txid_current", "in_search_path", "get_block_size", "stats"],
    ...["vector_type", "col_description", "obj_description", "shobj_description", "map_to_pg_oid", "format_pg_type"],
    ...["format_type", "has_any_column_privilege", "has_column_privilege", "has_database_privilege"],
    ...["has_foreign_data_wrapper_privilege", "has_function_privilege", "has_language_privilege"],
    ...["has_schema_privilege", "has_sequence_privilege", "has_server_privilege", "has_table_privilege"],
    ...["has_tablespace_privilege", "parse_duckdb_log_message"],
  ],
  state: ["nextval", "currval", "setseed", "write_log", "sleep_ms", "error"],
  chance: ["random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid"],
  code: [
    ...["query", "query_table", "json_execute_serialized_sql", "json_serialize_sql", "json_serialize_plan"],
    ...["json_deserialize_sql"],
  ],
};

const refusedPrefixes: readonly (readonly [string, FunctionRisk])[] = [
  ["read_", "outside"],
  ["pg_", "engine"],
  ["duckdb_", "engine"],
  ["pragma_", "engine"],
  ["__internal_", "engine"],
];

const riskByName = new Map<string, FunctionRisk>(
  Object.entries(refused).flatMap(([risk, names]) => names.map((name) => [name, risk as FunctionRisk] as const)),
);

/** The table functions a query may call; every other one reads files, the catalog or the engine. */
export const allowedTableFunctions: readonly string[] = ["unnest", "range", "generate_series"];

/** Functions that are called without parentheses: the parser takes them for columns. */
export const clockKeywords: readonly string[] = [
  ...["current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"],
];

/**
 * Functions that tell the time. They are allowed, since a table may well be about "today", but a query that calls one
 * gives another result tomorrow from the same data. With one argument `age` counts from today.
 */
export const clockFunctions: readonly string[] = [
  ...clockKeywords,
  ...["now", "today", "ago", "age", "current_localtime", "current_localtimestamp", "get_current_time"],
  ...["get_current_timestamp", "transaction_timestamp"],
];

/** Undefined when the function may be used. */
export function functionRisk(name: string): FunctionRisk | undefined {
  const known = riskByName.get(name);
  return known ?? refusedPrefixes.find(([prefix]) => name.startsWith(prefix))?.[1];
}
