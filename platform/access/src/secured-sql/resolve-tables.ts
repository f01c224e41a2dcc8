import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { warehouseError } from "@thoth/warehouse/errors";
import { nearestName } from "@thoth/warehouse/nearest-name";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { Decision } from "../decision.ts";
import { accessError } from "../errors.ts";
import { judgeAggregates } from "./aggregate-judgement.ts";
import type { ParsedStatement } from "./judged-statement.ts";
import { type Offer, readName } from "./offers.ts";
import type { SecuredTable } from "./secured-sql.ts";
import type { NamedVersion, SearchedSchemas } from "./served-names.ts";
import { placeIn } from "./statement-place.ts";
import { statementReads } from "./statement-reads.ts";
import type { NamedTable } from "./statement-shape.ts";

/** A version of a product that there is. */
export interface KnownTable {
  readonly model: ProductModel;
  readonly offer: () => Offer;
}

/** A table of a statement, resolved for one reader. */
export interface ResolvedTable {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly columns: readonly ColumnModel[];
  readonly reads: readonly string[];
  readonly places: readonly (NamedTable & { readonly words: readonly string[] })[];
}

/** The tables that there are for one reader. */
export interface TablesOfReader {
  /** By the words of its name, in lower case. */
  readonly find: (words: readonly string[]) => NamedVersion<KnownTable>;
  /** For guesses. */
  readonly readable: () => readonly Pick<SecuredTable, "schema" | "table" | "model">[];
}

/**
 * Which products a statement reads, and of each which columns.
 * @throws MeshError `access/sql-unknown-table`, `access/sql-ambiguous-table`, `warehouse/read-refused`,
 *   `access/sql-aggregates-only`
 */
export function resolveTables(statement: ParsedStatement, tables: TablesOfReader): ResolvedTable[] {
  const { sql, trees, shape } = statement;
  const found = new Map<ProductModel, Readable>();
  const places = new Map<SqlNode, Readable>();
  for (const { node, offset } of shape.tables) {
    const words = tableWords(node);
    const known = knownTable({ sql, offset, words }, tables);
    const readable = found.get(known.model) ?? readableOf(known, { sql, offset, words });
    readable.places.push({ node, offset, words });
    found.set(readable.model, readable);
    places.set(node, readable);
  }
  for (const { node, offset } of shape.longColumns) {
    const words = (node.column_names ?? []).slice(0, 3).map((word) => word.toLowerCase());
    const named = tables.find(words);
    if (named.kind === "known") found.get(named.version.model)?.places.push({ node, offset, words });
  }
  const grouped = [...places].filter(([, { decision }]) => decision.grouping !== null);
  const aggregates = grouped.map(([node, { model, decision }]) => ({ node, decision, model }));
  judgeAggregates(trees, sql, aggregates);
  const reads = statementReads(trees, places);
  return [...found.values()].map((readable) => ({ ...readable, reads: reads.get(readable) ?? [] }));
}

interface Readable {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly columns: readonly ColumnModel[];
  readonly places: (NamedTable & { readonly words: readonly string[] })[];
}

interface WrittenName {
  readonly sql: string;
  readonly offset: number;
  readonly words: readonly string[];
}

function knownTable({ sql, offset, words }: WrittenName, { find, readable }: TablesOfReader): KnownTable {
  const named = find(words);
  if (named.kind === "known") return named.version;
  const [table, at] = [words.join("."), placeIn(sql, offset)];
  if (named.kind === "ambiguous") throw accessError["sql-ambiguous-table"]({ table, names: named.names }, { at });
  const hint = `${guessOf(words, readable())}${tableHint}`;
  throw accessError["sql-unknown-table"]({ table, searched: searchedWords(named.searched), hint }, { at });
}

function readableOf(known: KnownTable, { sql, offset }: WrittenName): Readable {
  const offer = known.offer();
  const { model } = known;
  if (offer.kind === "readable") return { model, ...offer, places: [] };
  const table = `${model.catalogName}.${model.tableName}`;
  throw warehouseError["read-refused"]({ table, hint: offer.reason }, { at: placeIn(sql, offset) });
}

function searchedWords(searched: SearchedSchemas | undefined): string {
  if (searched === undefined) return "";
  if (searched === "all") return " in any schema";
  const named = searched.filter((schema) => schema !== "");
  return named.length === 0 ? ": search_path names no schema" : ` in the schemas of search_path: ${named.join(", ")}`;
}

/** A table of the same name in another schema comes before one whose name is only like it. */
function guessOf(words: readonly string[], readable: ReturnType<TablesOfReader["readable"]>): string {
  const [same, other] = readable.filter(({ table }) => table.toLowerCase() === words.at(-1));
  if (same !== undefined && words.length === 1)
    return `There is ${same.schema}.${same.table}: write the schema before the name. `;
  // Of several the one whose schema is like the one that was written comes first, further below.
  if (same !== undefined && other === undefined) return `There is ${same.schema}.${same.table}. `;
  const names = new Map(
    readable.flatMap(({ schema, table, model }) =>
      [`${schema}.${table}`, ...(words.length > 1 ? [readName(model)] : [table])].map((name) => [
        name,
        `${schema}.${table}`,
      ]),
    ),
  );
  const nearest = nearestName(words.join("."), [...names.keys()]);
  return nearest === undefined ? "" : `Did you mean ${words.length > 1 ? nearest : names.get(nearest)}? `;
}

/** Of a table's name, in lower case. */
export function tableWords(node: SqlNode): string[] {
  const words = [node.catalog_name, node.schema_name, node.table_name];
  return words.flatMap((word) => (word ? [String(word).toLowerCase()] : []));
}

const tableHint =
  "mesh sql without a statement lists the tables and columns that can be read, information_schema.tables does on the SQL port.";
