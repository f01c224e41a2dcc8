import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { keyTexts, planLookup } from "./by-key.ts";
import { sourceSql } from "./compile-source.ts";
import { textSql } from "./json-object.ts";
import { withParents } from "./json-page.ts";
import {
  carriedColumns,
  columnList,
  type JoinedSql,
  joinSql,
  type KeyMatch,
  keyParts,
  parent,
  parentKeysSql,
  partName,
  type RowObject,
  type RowScope,
  refersSql,
} from "./json-rows.ts";
import { type JsonStatement, Unplannable, withoutTypenames } from "./json-statement.ts";
import { columnsOf, type TypeGraph } from "./product-graph.ts";
import type { LookupPlan } from "./query-plan.ts";
import { type Selection, typenameField } from "./selection.ts";

interface Looked {
  readonly selection: Selection;
  readonly rowObject: RowObject;
}

/** SELECT of the JSON of `unitsByKey(code: …)`; no row when there is none. */
export function rootLookupSql(statement: JsonStatement, type: TypeGraph, { selection, rowObject }: Looked): string {
  const { key } = type.model;
  const args = new Map(columnsOf(type).map(([field, { column }]) => [column.name, selection.args[field]]));
  const plan = planLookup(type, withoutTypenames(selection), statement.planContext(key));
  const texts = keyTexts(type, key, (column) => args.get(column));
  const { match } = plan.source;
  if (texts === undefined || match === null) throw new Unplannable("a part of the key is missing");
  // One key is found by comparing with it, which reads less than joining with a list of one.
  const source = sourceSql({ ...plan.source, match: null }, statement.parameters);
  const equal = match.map(({ name, sqlType }, part) => {
    return `${quoteIdentifier(name)} = TRY_CAST(${statement.parameters.text(texts[part] ?? "")} AS ${sqlType})`;
  });
  const columns = carriedColumns(plan.output);
  const list = columns.size === 0 ? "TRUE" : columnList(columns).join(", ");
  const rows = statement.relation(`SELECT ${list} FROM (${source}) WHERE ${equal.join(" AND ")} LIMIT 1`);
  const scope = { type, rows, columns, shown: null, present: null } satisfies RowScope;
  const { sql, joins } = rowObject(statement, scope, selection.children);
  return `SELECT ${textSql(sql)} AS json FROM ${scope.rows} ${joins.join(" ")} LIMIT 1`;
}

/** The row that each row refers to. */
export function relatedRowSql(statement: JsonStatement, match: KeyMatch, looked: Looked): JoinedSql {
  const { target, to } = match;
  if (isLeafRow(target, looked.selection)) return joinedRowSql(statement, match, { ...looked, known: false });
  const plan = planLookup(target, withoutTypenames(looked.selection), statement.planContext(to));
  const parents = statement.relation(parentKeysSql(match));
  return joinObjects(statement, match, { scope: foundRows(statement, { type: target, plan, parents }), ...looked });
}

/**
 * The row of another domain that each row refers to. As when domains are stitched, the reference alone makes the object
 * with its key; what the other domain knows of it is null when it does not have the row.
 */
export function referredRowSql(statement: JsonStatement, match: KeyMatch, looked: Looked): JoinedSql {
  const { target, to } = match;
  const byKeyAlone = looked.selection.children.every((child) => isKnownByKey(target, child));
  if (!byKeyAlone && target.own && isLeafRow(target, looked.selection)) {
    return joinedRowSql(statement, match, { ...looked, known: true });
  }
  const parents = statement.relation(parentKeysSql(match));
  const keys = to.map((column, part) => `${parents}.${partName(part)} AS ${quoteIdentifier(column)}`);
  const columns = [`${parents}.${parent} AS ${parent}`, ...keys];
  if (byKeyAlone) {
    const rows = statement.relation(`SELECT ${columns.join(", ")} FROM ${parents}`);
    const scope = { type: target, rows, columns: new Set(to), shown: null, present: null };
    return joinObjects(statement, match, { scope, ...looked });
  }
  if (!target.own) throw new Unplannable(`${target.model.id} is served by another process`);
  const plan = planLookup(target, withoutTypenames(looked.selection), statement.planContext(to));
  const found = foundRows(statement, { type: target, plan, parents });
  const more = [...found.columns].filter((column) => !to.includes(column));
  const known = [...columns, ...columnList(more).map((name) => `${found.rows}.${name}`)];
  const hit = `${found.rows}.${parent} IS NOT NULL AS "$hit"`;
  const from = `${parents} LEFT JOIN ${found.rows} ON ${found.rows}.${parent} = ${parents}.${parent}`;
  const rows = statement.relation(`SELECT ${[...known, hit].join(", ")} FROM ${from}`);
  const all = new Set([...to, ...more]);
  const scope = { type: target, rows, columns: all, shown: null, present: `${rows}."$hit"` };
  return joinObjects(statement, match, { scope, ...looked });
}

/** True when nothing of the row leads on to other rows. */
function isLeafRow(target: TypeGraph, { children }: Selection): boolean {
  return children.every(({ field }) => field === typenameField || target.fields.get(field)?.kind === "column");
}

/**
 * The row that each row refers to, joined as it is: nothing below it needs its key again. The key of a row is unique, so a
 * join does not double the rows that refer to it; should it ever, the lists of the statement notice (`json-page.ts`).
 * @param known true when the reference alone makes the object
 */
function joinedRowSql(
  statement: JsonStatement,
  match: KeyMatch,
  { selection, rowObject, known }: Looked & { readonly known: boolean },
): JoinedSql {
  const { target, to } = match;
  const plan = planLookup(target, withoutTypenames(selection), statement.planContext(to));
  const columns = carriedColumns(plan.output);
  const source = sourceSql({ ...plan.source, match: null }, statement.parameters);
  const list = [`TRUE AS "$hit"`, ...columnList(new Set([...columns, ...to]))].join(", ");
  const rows = statement.relation(`SELECT ${list} FROM (${source})`);
  const parts = keyParts(match);
  const values = new Map(known ? to.map((column, part) => [column, parts[part] ?? ""] as const) : []);
  const scope = { type: target, rows, columns: new Set([...columns, ...to]), shown: null, present: null, values };
  const object = rowObject(statement, scope, selection.children);
  const exists = known ? parts.map((part) => `${part} IS NOT NULL`).join(" AND ") : `${rows}."$hit"`;
  const join = `LEFT JOIN ${rows} ON ${refersSql(rows, match)}`;
  return { sql: `CASE WHEN ${exists} THEN ${object.sql} END`, joins: [join, ...object.joins] };
}

/** True for what needs nothing but the key: the key itself, and what other domains know by it. */
function isKnownByKey(target: TypeGraph, { field }: Selection): boolean {
  if (field === typenameField) return true;
  const meaning = target.fields.get(field);
  if (meaning?.kind === "column") return target.model.key.includes(meaning.column.name);
  return meaning !== undefined && meaning.kind !== "forward" && meaning.source.domain !== target.model.domain;
}

/** One row per key, whatever the data holds. */
function foundRows(
  statement: JsonStatement,
  { type, plan, parents }: { readonly type: TypeGraph; readonly plan: LookupPlan; readonly parents: string },
): RowScope {
  const columns = carriedColumns(plan.output);
  const source = sourceSql(plan.source, statement.parameters);
  const list = [parent, ...columnList(columns)].join(", ");
  const select = `SELECT DISTINCT ON (${parent}) ${list} FROM (${source})`;
  return { type, rows: statement.relation(withParents(parents, select)), columns, shown: null, present: null };
}

function joinObjects(
  statement: JsonStatement,
  match: KeyMatch,
  { scope, selection, rowObject }: Looked & { readonly scope: RowScope },
): JoinedSql {
  const object = rowObject(statement, scope, selection.children);
  const select = `SELECT ${scope.rows}.${parent} AS ${parent}, ${object.sql} AS "$object" FROM ${scope.rows}`;
  const objects = statement.relation(`${select} ${object.joins.join(" ")}`);
  return { sql: `${objects}."$object"`, joins: [joinSql(objects, match)] };
}
