import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import { parseSelect } from "@thoth/warehouse/analyse-sql";
import { warehouseError } from "@thoth/warehouse/errors";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { statementFile } from "./statement-place.ts";
import { judgeShape, type StatementShape } from "./statement-shape.ts";
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
  [
    "warehouse/sql-syntax",
    "Correct the statement at the place named. The dialect is DuckDB's SQL, which is close to Postgres'.",
  ],
  ["warehouse/sql-not-a-select", "Only one SELECT (or WITH … SELECT, FROM …, VALUES …) can be run here."],
  ["warehouse/sql-several-statements", "Only one SELECT can be run at a time. Use WITH for intermediate results."],
]);
