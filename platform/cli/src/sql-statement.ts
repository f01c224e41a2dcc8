import type { ProductModel } from "@thoth/contract/product-model";
import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import { analyseSql, type SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import { authoriseReads, tableName } from "@thoth/warehouse/authorise-reads";
import { warehouseError } from "@thoth/warehouse/errors";
import { inQueryFile } from "@thoth/warehouse/in-query-file";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { ReadSide } from "@thoth/warehouse/read-side";

export interface SelectOptions {
  /** Rows at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** The products that a statement may read, and why it may not read the others there are. */
export interface SqlScope {
  readonly readable: readonly ProductModel[];
  readonly unreadable: readonly { readonly model: ProductModel; readonly reason: string }[];
}

/** What errors name as the place of a statement that stands in no file. */
const file = "statement";

/**
 * Runs one SELECT that someone typed, over the products in scope and nothing else.
 * @throws MeshError `warehouse/sql-syntax`, `warehouse/read-refused`, … with line and column of the statement
 */
export async function runStatement(
  readSide: ReadSide,
  sql: string,
  { scope, limit, signal }: SelectOptions & { readonly scope: SqlScope },
): Promise<SqlRow[]> {
  const analysis = await inWordsOfReader(() => analyseSql(readSide, sql, file));
  refuseUnreadable(analysis, scope);
  await inWordsOfReader(async () => authoriseReads(analysis, scope.readable.map(productTable)));
  const limited = `SELECT * FROM (${analysis.statement}\n) LIMIT ${limit}`;
  try {
    return await readSide.query(limited, [], { signal });
  } catch (failure) {
    throw inQueryFile(failure, limited, { file, sql: analysis.statement });
  }
}

export function productTable({ catalogName, tableName: table }: ProductModel) {
  return { catalog: catalogName, schema: "product", table };
}

/** A product that exists and cannot be read deserves its own answer, not a guess at another name. */
function refuseUnreadable({ tables }: SqlAnalysis, { unreadable }: SqlScope): void {
  for (const { line, column, ...table } of tables) {
    const name = tableName(table);
    const known = unreadable.find(({ model }) => tableName(productTable(model)) === name);
    if (known === undefined) continue;
    throw warehouseError["read-refused"]({ table: name, hint: known.reason }, { at: { file, line, column } });
  }
}

/** The rules are those of the pipelines' queries; what to do about them is not. */
async function inWordsOfReader<T>(judge: () => Promise<T>): Promise<T> {
  try {
    return await judge();
  } catch (failure) {
    const hint = isMeshError(failure) ? hints.get(failure.code) : undefined;
    if (!isMeshError(failure) || hint === undefined) throw failure;
    const guess = /Did you mean [^?]*\?/.exec(failure.hint)?.[0];
    const text = { message: failure.message, hint: guess === undefined ? hint : `${guess} ${hint}` };
    throw new MeshError(failure.code, text, { ...(failure.at && { at: failure.at }), cause: failure });
  }
}

const hints: ReadonlyMap<string, string> = new Map([
  ["warehouse/read-refused", "mesh sql without a statement lists the tables and columns that can be read."],
  ["warehouse/sql-syntax", "The message is that of the engine's parser; the dialect is DuckDB's SQL."],
  ["warehouse/sql-not-a-select", "Only one SELECT (or WITH … SELECT, FROM …, VALUES …) can be run here."],
  ["warehouse/sql-several-statements", "Only one SELECT can be run at a time. Use WITH for intermediate results."],
]);
