import { quoteLiteral } from "@thoth/warehouse/sql-text";

/** Of these the engine's reader of CSV makes null of a text that is none, where it refuses every other wrong value. */
export function isZonedTime(type: string): boolean {
  return /^(TIME(STAMP)? WITH TIME ZONE|TIME(STAMP)?TZ)$/i.test(type);
}

/** SQL of a text as such a time; one that is none fails in the words of that reader. @param column as it is told */
export function castZonedTime(text: string, type: string, column: string): string {
  const [before, after] = [`converting column "${column}". Could not convert string "`, `" to '${type}'`];
  const told = `error(${quoteLiteral(before)} || ${text} || ${quoteLiteral(after)})`;
  return `coalesce(TRY_CAST(${text} AS ${type}), CASE WHEN ${text} IS NOT NULL THEN ${told} END)`;
}
