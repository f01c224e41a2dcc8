import { settingRules } from "./setting-rules.ts";
import type { SqlToken } from "./sql-tokens.ts";
import type { TokenCursor } from "./token-cursor.ts";

/** A column of a SELECT that is about settings alone. */
export interface SettingColumn {
  /** What its client calls it. */
  readonly column: string;
  readonly setting: string;
  /** What it is set to; undefined when it is only read. */
  readonly value: string | undefined;
  readonly isLocal: boolean;
}

/**
 * `current_setting('jit') AS before, set_config('jit', 'off', false)`, as asyncpg and pgAdmin among others say SET and SHOW.
 * @param cursor behind the SELECT
 * @returns undefined when it asks for anything else, too, or for settings that are not here
 */
export function parseSettingQuery(cursor: TokenCursor): readonly SettingColumn[] | undefined {
  const columns: SettingColumn[] = [];
  do {
    const column = settingColumn(cursor);
    if (column === undefined) return undefined;
    columns.push(column);
  } while (cursor.skipSymbol(","));
  const reads = columns.some(({ value }) => value === undefined);
  const isKnown = reads ? columns.every(({ setting }) => Object.hasOwn(settingRules, setting.toLowerCase())) : true;
  return isKnown && isEnd(cursor.rest) ? columns : undefined;
}

function settingColumn(cursor: TokenCursor): SettingColumn | undefined {
  if (cursor.skip("pg_catalog")) cursor.skipSymbol(".");
  const call = cursor.word();
  const values = call === "set_config" || call === "current_setting" ? callValues(cursor) : undefined;
  if (call === undefined || values === undefined) return undefined;
  const column = cursor.skip("as") ? cursor.name("column") : call;
  const [setting, value, local] = values;
  if (setting?.kind !== "text") return undefined;
  if (call === "current_setting") return { column, setting: setting.value, value: undefined, isLocal: false };
  if (value?.kind !== "text" || !/^(true|false)$/.test(local?.value ?? "")) return undefined;
  return { column, setting: setting.value, value: value.value, isLocal: local?.value === "true" };
}

/** What stands in the brackets, without its commas. */
function callValues(cursor: TokenCursor): SqlToken[] | undefined {
  if (!cursor.skipSymbol("(")) return undefined;
  const values: SqlToken[] = [];
  while (!cursor.skipSymbol(")")) {
    const token = cursor.take();
    if (token === undefined) return undefined;
    values.push(token);
    cursor.skipSymbol(",");
  }
  return values;
}

/** The list of settings is the one that is asked for in the call already. */
function isEnd(rest: readonly SqlToken[]): boolean {
  const words = rest.map(({ kind, value }) => (kind === "text" ? "?" : value)).join(" ");
  return words === "" || words === "from pg_show_all_settings ( ) where name = ?";
}
