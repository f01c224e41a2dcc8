import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import { parseSelect } from "@thoth/warehouse/analyse-sql";
import { warehouseError } from "@thoth/warehouse/errors";
import { nearestName } from "@thoth/warehouse/nearest-name";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { Decision } from "../decision.ts";
import { judgeAggregates } from "./aggregate-judgement.ts";
import type { Offer } from "./offers.ts";
import { placeIn, statementFile } from "./statement-place.ts";
import { statementReads } from "./statement-reads.ts";
import { judgeShape, type NamedTable, type StatementShape } from "./statement-shape.ts";
import { judgeText } from "./statement-text.ts";

/** A statement's text and trees, judged by all that does not depend on who asks. */
export interface ParsedStatement {
  readonly sql: string;
  /** Bytes of the statement itself within the text. */
  readonly start: number;
  readonly length: number;
  readonly trees: readonly unknown[];
  readonly shape: StatementShape;
}

export interface StatementLimits {
  /** Longest text, bytes. */
  readonly statementBytes: number;
  /** Deepest nesting of its tree. */
  readonly depth: number;
}

/**
 * @param engine any engine: only its parser is used
 * @throws MeshError `access/sql-too-large`, `access/sql-construct-refused`, `warehouse/sql-syntax`,
 *   `warehouse/sql-not-a-select`, `warehouse/sql-several-statements`, `warehouse/function-refused`
 */
export async function parseStatement(
  engine: QueryEngine,
  sql: string,
  { statementBytes, depth }: StatementLimits,
): Promise<ParsedStatement> {
  judgeText(sql, statementBytes);
  const { statement, trees } = await inWordsOfReader(() => parseSelect(engine, sql, statementFile));
  if (trees.length !== 1) throw warehouseError["sql-several-statements"]({ count: trees.length });
  return {
    sql,
    start: Buffer.byteLength(sql.slice(0, statement.start), "utf8"),
    length: Buffer.byteLength(statement.text, "utf8"),
    trees,
    shape: await inWordsOfReader(async () => judgeShape(trees, sql, { depth })),
  };
}

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

/**
 * Which products a statement reads, and of each which columns.
 * @param find by the words of its name, in lower case
 * @param names of tables that can be read, for guesses
 * @throws MeshError `warehouse/read-refused`, `access/sql-aggregates-only`
 */
export function resolveTables(
  statement: ParsedStatement,
  find: (words: readonly string[]) => KnownTable | undefined,
  names: () => readonly string[],
): ResolvedTable[] {
  const { sql, trees, shape } = statement;
  const found = new Map<ProductModel, Readable>();
  const places = new Map<SqlNode, Readable>();
  for (const { node, offset } of shape.tables) {
    const words = tableWords(node);
    const known = find(words);
    const readable = (known && found.get(known.model)) ?? readableOf(known, { sql, offset, words, names });
    readable.places.push({ node, offset, words });
    found.set(readable.model, readable);
    places.set(node, readable);
  }
  for (const { node, offset } of shape.longColumns) {
    const words = (node.column_names ?? []).slice(0, 3).map((word) => word.toLowerCase());
    const known = find(words);
    if (known !== undefined) found.get(known.model)?.places.push({ node, offset, words });
  }
  const grouped = [...places].filter(([, { decision }]) => decision.grouping !== null);
  const aggregates = grouped.map(([node, { model, decision }]) => ({ node, decision, name: model.id }));
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

interface Refused {
  readonly sql: string;
  readonly offset: number;
  readonly words: readonly string[];
  readonly names: () => readonly string[];
}

function readableOf(known: KnownTable | undefined, { sql, offset, words, names }: Refused): Readable {
  const offer = known?.offer();
  if (known !== undefined && offer?.kind === "readable") return { model: known.model, ...offer, places: [] };
  const guess = offer === undefined ? nearestName(words.join("."), names()) : undefined;
  const hint =
    offer?.kind === "unreadable" ? offer.reason : `${guess === undefined ? "" : `Did you mean ${guess}? `}${tableHint}`;
  throw warehouseError["read-refused"]({ table: words.join("."), hint }, { at: placeIn(sql, offset) });
}

function tableWords(node: SqlNode): string[] {
  const words = [node.catalog_name, node.schema_name, node.table_name];
  return words.flatMap((word) => (word ? [String(word).toLowerCase()] : []));
}

const tableHint = "mesh sql without a statement lists the tables and columns that can be read.";

/** The rules are those of the pipelines' queries; what to do about them is not. */
async function inWordsOfReader<T>(judge: () => Promise<T>): Promise<T> {
  try {
    return await judge();
  } catch (failure) {
    const hint = isMeshError(failure) ? hints.get(failure.code) : undefined;
    if (!isMeshError(failure) || hint === undefined) throw failure;
    throw new MeshError(failure.code, { message: failure.message, hint }, { ...(failure.at && { at: failure.at }) });
  }
}

const hints: ReadonlyMap<string, string> = new Map([
  ["warehouse/sql-syntax", "The message is that of the engine's parser; the dialect is DuckDB's SQL."],
  ["warehouse/sql-not-a-select", "Only one SELECT (or WITH … SELECT, FROM …, VALUES …) can be run here."],
  ["warehouse/sql-several-statements", "Only one SELECT can be run at a time. Use WITH for intermediate results."],
]);
