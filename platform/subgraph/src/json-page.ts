import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { termsSql } from "./compile-page.ts";
import { predicateSql } from "./compile-predicate.ts";
import { parentsName, sourceSql } from "./compile-source.ts";
import { cursorSql, placeSql } from "./json-cursor.ts";
import { fieldsTextSql, type JsonField, objectSql, objectTextSql, quoteText, textSql } from "./json-object.ts";
import {
  carriedColumns,
  columnList,
  type JoinedSql,
  joinSql,
  type KeyMatch,
  parent,
  parentKeysSql,
  place,
  type RowObject,
  type RowScope,
} from "./json-rows.ts";
import { type JsonSelect, type JsonStatement, withoutTypenames } from "./json-statement.ts";
import { limits } from "./limits.ts";
import { planPage } from "./page-plan.ts";
import type { TypeGraph } from "./product-graph.ts";
import type { PagePlan, Predicate } from "./query-plan.ts";
import { type Selection, selected, typenameField } from "./selection.ts";

/** A connection field while its SQL is written. */
interface PageParts {
  readonly plan: PagePlan;
  readonly type: TypeGraph;
  readonly selection: Selection;
  readonly source: string;
  readonly nextPage: boolean;
}

/** The JSON of a root connection. */
export function rootPageSql(
  statement: JsonStatement,
  type: TypeGraph,
  { selection, rowObject }: { readonly selection: Selection; readonly rowObject: RowObject },
): JsonSelect {
  const page = planParts(statement, type, selection, null);
  const total = `(SELECT count(*) FROM (${page.source}))`;
  const shown = { lists: "text", total, relation: quoteIdentifier("$page") } as const;
  const fields = connectionFields(page, shown);
  if (!page.plan.rows) return { sql: `SELECT ${objectTextSql(fields)} AS json`, pieces: false };
  const scope = pageRows(statement, page, null);
  const lists = listSelections(selection);
  if (page.plan.first > rowsOfPiece && lists.length === 1) {
    return { sql: piecesSql(statement, page, { scope, rowObject, fields }), pieces: true };
  }
  const { columns, joins } = listColumns(page, scope, listItems(statement, page, { scope, rowObject }), "text");
  const from = `FROM ${scope.rows} ${joins.join(" ")}`;
  const sql = `SELECT ${objectTextSql(fields)} AS json FROM (SELECT ${columns.join(", ")} ${from}) AS ${shown.relation}`;
  return { sql, pieces: false };
}

/** Rows of a large page that are written together: a few hundred kilobytes. */
const rowsOfPiece = 2_048;

/** A large page, written in pieces: what comes before the list, blocks of rows, what comes after it. */
function piecesSql(
  statement: JsonStatement,
  page: PageParts,
  { scope, rowObject, fields }: RowWriter & { readonly fields: readonly JsonField[] },
): string {
  const { columns } = listColumns(page, scope, [], "text");
  const relation = statement.relation(`SELECT ${columns.join(", ")} FROM ${scope.rows}`);
  const [list] = listItems(statement, page, { scope, rowObject });
  const at = page.selection.children.findIndex(({ field }) => field === list?.field);
  const key = quoteLiteral(`${at === 0 ? "{" : ","}${JSON.stringify(fields[at]?.[0])}:[`);
  const head = at === 0 ? key : `concat('{', ${fieldsTextSql(fields.slice(0, at))}, ${key})`;
  const rest = fields.slice(at + 1);
  const tail = rest.length === 0 ? "']}'" : `concat('],', ${fieldsTextSql(rest)}, '}')`;
  const number = `${scope.rows}.${place}`;
  const rows = `string_agg(CAST(to_json(${list?.sql}) AS VARCHAR), ',' ORDER BY ${number})`;
  const shown = scope.shown === null ? "" : ` WHERE ${scope.shown}`;
  const summary = `${relation} AS "$page"`;
  return [
    `SELECT 0 AS piece, ${head} AS json FROM ${summary}`,
    `SELECT 1 + (${number} - 1) // ${rowsOfPiece} AS piece, concat(if(min(${number}) = 1, '', ','), ${unlessDoubled(rows, number)}) AS json FROM ${scope.rows} ${list?.joins.join(" ")}${shown} GROUP BY ALL`,
    `SELECT ${limits.maxFirst} AS piece, ${tail} AS json FROM ${summary}`,
  ].join(" UNION ALL ");
}

/** The connection of each row's related rows. */
export function relatedPageSql(
  statement: JsonStatement,
  match: KeyMatch,
  { selection, rowObject }: { readonly selection: Selection; readonly rowObject: RowObject },
): JoinedSql {
  const page = planParts(statement, match.target, selection, match.to);
  const parents = statement.relation(parentKeysSql(match));
  const joins: string[] = [];
  let relation = "";
  if (page.plan.rows) {
    const scope = pageRows(statement, page, parents);
    const lists = listColumns(page, scope, listItems(statement, page, { scope, rowObject }), "value");
    const columns = [`${scope.rows}.${parent} AS ${parent}`, ...lists.columns].join(", ");
    const from = `FROM ${scope.rows} ${lists.joins.join(" ")} GROUP BY ${scope.rows}.${parent}`;
    relation = statement.relation(`SELECT ${columns} ${from}`);
    joins.push(joinSql(relation, match));
    statement.refuse(`(SELECT count(*) FROM ${scope.rows}) > ${limits.maxRelationRows}`);
  }
  let total = "0";
  if (page.plan.total) {
    const counts = `SELECT ${parent}, count(*) AS "$total" FROM (${page.source}) GROUP BY ${parent}`;
    const counted = statement.relation(withParents(parents, counts));
    joins.push(joinSql(counted, match));
    total = `coalesce(${counted}."$total", 0)`;
  }
  return { sql: objectSql(connectionFields(page, { lists: "value", total, relation })), joins };
}

/** @throws MeshError those of `planPage` */
function planParts(
  statement: JsonStatement,
  type: TypeGraph,
  selection: Selection,
  match: readonly string[] | null,
): PageParts {
  const plan = planPage(type, withoutTypenames(selection), statement.planContext(match));
  const infos = selected(selection, "pageInfo");
  const nextPage = infos.some((info) => selected(info, "hasNextPage").length > 0);
  // Values are bound where the source is compiled, and all that is bound must be in the statement.
  const source = plan.rows || plan.total ? sourceSql(plan.source, statement.parameters) : "";
  return { plan, type, selection, source, nextPage };
}

/** The rows of the page, or of every parent's page, numbered in their order. */
function pageRows(statement: JsonStatement, { plan, type, source, nextPage }: PageParts, parents: string | null) {
  const columns = carriedColumns(plan.output, plan.order);
  const after = plan.after === null ? "" : ` WHERE ${predicateSql(plan.after, statement.parameters)}`;
  const order = termsSql(plan.order);
  const most = plan.first + (nextPage ? 1 : 0);
  const list = columnList(columns).join(", ");
  // The engine uses an index only where it does not look for the first rows at the same time.
  const from =
    parents === null && findsByKey(type, plan.source.where)
      ? statement.relation(source, { kept: true })
      : `(${source})`;
  const first = `SELECT ${list} FROM ${from}${after} ORDER BY ${order} LIMIT ${most}`;
  const numbered =
    parents === null
      ? `SELECT *, row_number() OVER (ORDER BY ${order}) AS ${place} FROM (${first})`
      : withParents(
          parents,
          `SELECT ${parent}, ${list}, row_number() OVER (PARTITION BY ${parent} ORDER BY ${order}) AS ${place} FROM (${source})${after} QUALIFY ${place} <= ${most}`,
        );
  const rows = statement.relation(numbered);
  const shown = nextPage ? `${rows}.${place} <= ${plan.first}` : null;
  return { type, rows, columns, shown, present: null } satisfies RowScope;
}

/** Whether no rows pass but those with some given keys. */
function findsByKey({ model }: Pick<TypeGraph, "model">, where: Predicate | null): boolean {
  if (where === null || model.key.length !== 1) return false;
  if (where.kind === "and") return where.of.some((part) => findsByKey({ model }, part));
  if (where.kind === "compare") return where.operator === "=" && model.key.includes(where.column);
  return where.kind === "in" && model.key.includes(where.column);
}

/** `$parents` is the name by which sources know them. */
export function withParents(parents: string, select: string): string {
  return `WITH ${parentsName} AS NOT MATERIALIZED (SELECT * FROM ${parents}) ${select}`;
}

interface RowWriter {
  readonly scope: RowScope;
  readonly rowObject: RowObject;
}

interface ListItem extends JoinedSql {
  readonly field: string;
}

/** The JSON of a row, once per selection of `nodes` or `edges`. */
function listItems(
  statement: JsonStatement,
  { plan, selection }: PageParts,
  { scope, rowObject }: RowWriter,
): ListItem[] {
  return listSelections(selection).map(({ field, children }) => {
    if (field === "nodes") return { field, ...rowObject(statement, scope, children) };
    const joins: string[] = [];
    const fields = children.map((child): JsonField => {
      if (child.field === typenameField) return [child.responseKey, quoteText(child.typeName)];
      if (child.field === "cursor") {
        const at = placeSql(plan.order, scope.rows);
        return [child.responseKey, cursorSql(scope.type.model.id, plan.order, at)];
      }
      const node = rowObject(statement, scope, child.children);
      joins.push(...node.joins);
      return [child.responseKey, node.sql];
    });
    return { field, sql: objectSql(fields), joins };
  });
}

/** Aggregates over the rows of a page: one list per item, and what `pageInfo` shows. */
function listColumns({ plan }: PageParts, scope: RowScope, items: readonly ListItem[], lists: Lists) {
  const only = scope.shown === null ? "" : ` FILTER (WHERE ${scope.shown})`;
  const at = `${scope.rows}.${place}`;
  const columns = [
    `count(*) AS "$count"`,
    ...items.map(({ sql }, index) => `${listSql(sql, at, { only, lists })} AS ${listName(index)}`),
  ];
  if (plan.cursor) {
    const texts = placeSql(plan.order, scope.rows);
    columns.push(`arg_min(${texts}, ${at})${only} AS "$first"`, `arg_max(${texts}, ${at})${only} AS "$last"`);
  }
  return { columns, joins: items.flatMap(({ joins }) => joins) };
}

type Lists = "text" | "value";

/** At the root each row is written on its own, which is faster; below, the list is a part of its row. */
function listSql(item: string, at: string, { only, lists }: { readonly only: string; readonly lists: Lists }): string {
  if (lists === "value") return unlessDoubled(`coalesce(list(${item} ORDER BY ${at})${only}, [])`, at);
  return unlessDoubled(
    `concat('[', string_agg(CAST(to_json(${item}) AS VARCHAR), ',' ORDER BY ${at})${only}, ']')`,
    at,
  );
}

/**
 * Rows are numbered before others are joined to them. Were there two rows with one key, the statement fails and the
 * reference executor answers.
 */
function unlessDoubled(list: string, at: string): string {
  return `CASE WHEN count(*) > max(${at}) - min(${at}) + 1 THEN error('two rows with one key') ELSE ${list} END`;
}

function listSelections(selection: Selection): Selection[] {
  return selection.children.filter(({ field }) => field === "nodes" || field === "edges");
}

function listName(index: number): string {
  return quoteIdentifier(`$list${index}`);
}

function connectionFields(
  page: PageParts,
  shown: { readonly lists: Lists; readonly total: string; readonly relation: string },
): JsonField[] {
  const { relation, lists } = shown;
  const all = listSelections(page.selection);
  return page.selection.children.map((child): JsonField => {
    const index = all.indexOf(child);
    const list = `${relation}.${listName(index)}`;
    if (index >= 0) return [child.responseKey, lists === "text" ? list : `coalesce(${list}, [])`];
    const value = connectionValue(page, child, shown);
    return [child.responseKey, lists === "text" ? textSql(value) : value];
  });
}

function connectionValue(
  page: PageParts,
  child: Selection,
  { total, relation }: { readonly total: string; readonly relation: string },
): string {
  if (child.field === typenameField) return quoteText(child.typeName);
  if (child.field === "totalCount") return total;
  return objectSql(child.children.map((info) => [info.responseKey, pageInfoValue(page, info, relation)]));
}

function pageInfoValue({ plan, type }: PageParts, { field, typeName }: Selection, relation: string): string {
  switch (field) {
    case "hasNextPage":
      return `coalesce(${relation}."$count" > ${plan.first}, FALSE)`;
    case "hasPreviousPage":
      return plan.after === null ? "FALSE" : "TRUE";
    case "startCursor":
    case "endCursor": {
      const texts = `${relation}.${field === "startCursor" ? '"$first"' : '"$last"'}`;
      return `CASE WHEN ${texts} IS NOT NULL THEN ${cursorSql(type.model.id, plan.order, texts)} END`;
    }
    default:
      return quoteText(typeName);
  }
}
