import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import { afterAll, beforeAll, expect, test } from "vitest";
import { allowedFunctions, allowedTableFunctions } from "./function-list.ts";

/** A newer engine may bring functions or take some away: somebody has to look at each, and to say so here. */

let engine: QueryEngine & AsyncDisposable;
beforeAll(async () => {
  engine = await openScratchEngine();
});
afterAll(() => engine[Symbol.asyncDispose]());

async function namesOf(condition: string): Promise<string[]> {
  const sql = `select distinct lower(function_name) as name from duckdb_functions() where ${condition} order by 1`;
  return (await engine.query(sql)).map(({ name }) => String(name));
}

/** What the parser or the binder knows by itself. */
const syntax = new Set(["coalesce", "ifnull", "count_star", "unnest"]);

test("every function of the list is one of the engine's", async () => {
  const known = new Set(await namesOf("function_type in ('scalar', 'aggregate', 'macro')"));
  const missing = [...allowedFunctions].filter((name) => !known.has(name) && !syntax.has(name));
  expect(missing).toEqual([]);
});

test("every table function of the list is one of the engine's", async () => {
  const known = new Set(await namesOf("function_type = 'table'"));
  expect([...allowedTableFunctions].filter((name) => !known.has(name))).toEqual([]);
});

/** Looked at and left out, and why. A name ends with * for all that begin with it. */
const leftOut: Readonly<Record<string, string>> = {
  reachesOutside: "getenv inet_*",
  tellsOfTheEngine: `alias constant_or_null create_sort_key current_catalog current_connection_id current_database
    current_query current_query_id current_role current_schema current_schemas current_setting current_transaction_id
    current_user get_block_size getvariable in_search_path parse_duckdb_log_message replace_type session_user stats
    txid_current user vector_type version get_type make_type cast_to_type`,
  tellsOfTheCatalog: `col_description format_pg_type format_type has_* map_to_pg_oid obj_description
    pg_collation_is_visible pg_conf_load_time pg_conversion_is_visible pg_function_is_visible pg_get_* pg_has_role
    pg_is_other_temp_schema pg_my_temp_schema pg_op* pg_postmaster_start_time pg_table_is_visible pg_ts_*
    pg_type_is_visible shobj_description`,
  changesOrWaits: "currval error nextval pg_sleep setseed sleep_ms write_log",
  answersDifferently: "gen_random_uuid random reservoir_quantile uuid uuidv4 uuidv7",
  runsText: "json_deserialize_sql json_serialize_plan json_serialize_sql",
  growsWithoutEnd: "array_reduce list_reduce reduce",
  endsTheProcess: "json_contains json_group_structure json_merge_patch json_structure",
  isForTheEngineItself: `__internal_* combine finalize icu_collate_* icu_sort_key remap_struct st_*
    timetz_byte_comparable variant_*`,
};

test("what is not on the list was left out for a reason", async () => {
  const patterns = Object.values(leftOut).flatMap((names) => names.split(/\s+/));
  const isLeftOut = (name: string) =>
    patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const known = await namesOf("function_type in ('scalar', 'aggregate', 'macro')");
  const unjudged = known.filter((name) => !allowedFunctions.has(name) && !isLeftOut(name));
  expect(unjudged).toEqual([]);
  expect([...allowedFunctions].filter(isLeftOut)).toEqual([]);
});
