import { posix } from "node:path";
import type { ColumnModel } from "@thoth/contract/product-model";
import { parseEngineError, placeOfFailure } from "@thoth/warehouse/engine-errors";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import { type Analyses, analysisOf } from "./analyses.ts";
import { stagedTable } from "./check.ts";
import type { LoadedProduct } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import type { JobContext } from "./job-context.ts";
import { explainQueryFailure, isStatementFault } from "./query-failure.ts";
import { sameKind } from "./type-kind.ts";

type Staging = Pick<JobContext, "engine" | "signal">;

/**
 * Stage: `product.sql` fills `staging.<table>`, where nobody reads, with the contract's columns in the contract's
 * order and types.
 * @throws MeshError `pipeline/columns-differ`, `pipeline/column-type`, `pipeline/cast-failed`, `pipeline/query-failed`
 */
export async function stageProduct(product: LoadedProduct, analyses: Analyses, staging: Staging): Promise<void> {
  const { statement } = analysisOf(analyses, product.query);
  refuseOtherColumns(product, await describeQuery(product, statement, staging.engine));
  const sql = stagingStatement(product, statement);
  try {
    await staging.engine.run(sql, [], { signal: staging.signal });
  } catch (failure) {
    throw explainStagingFailure(failure, product, { statement, sql });
  }
}

/** A query and what it must yield. */
export type Made = Pick<LoadedProduct, "model" | "query">;

/** One line a column, so that the line of a failure tells the column. */
function stagingStatement({ model }: Made, statement: string): string {
  const casts = model.columns.map(
    ({ name, sqlType }) => `CAST(${quoteIdentifier(name)} AS ${sqlType}) AS ${quoteIdentifier(name)}`,
  );
  return `CREATE OR REPLACE TABLE ${stagedTable(model)} AS SELECT\n${casts.join(",\n")}\nFROM (\n${statement}\n)`;
}

export interface FoundColumn {
  readonly name: string;
  readonly type: string;
}

/** @throws MeshError `pipeline/query-failed` */
export async function describeQuery(made: Made, statement: string, engine: QueryEngine): Promise<FoundColumn[]> {
  const sql = `DESCRIBE ${statement}`;
  try {
    const rows = await engine.query(sql);
    return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  } catch (failure) {
    throw explain(failure, made, { statement, sql });
  }
}

/** @throws MeshError `pipeline/columns-differ`, `pipeline/column-type` */
export function refuseOtherColumns({ model, query }: Made, found: readonly FoundColumn[]): void {
  const promised = new Map(model.columns.map((column) => [column.name, column]));
  const names = found.map((column) => column.name);
  const missing = [...promised.keys()].filter((name) => !names.includes(name));
  const extra = names.filter((name) => !promised.has(name));
  const repeated = names.filter((name, index) => names.indexOf(name) < index);
  if (missing.length + extra.length + repeated.length > 0) {
    const difference = { query: posix.basename(query.file), product: model.id, missing, extra, repeated };
    throw pipelineError["columns-differ"](difference, { at: { file: query.file } });
  }
  for (const { name, type } of found) {
    const column = promised.get(name);
    if (column === undefined || sameKind(type, column.sqlType)) continue;
    const at = { file: model.file, line: column.line };
    const difference = { query: posix.basename(query.file), column: name, found: type, promised: column.sqlType };
    throw pipelineError["column-type"](difference, { at });
  }
}

/** Undefined when the failure lies within the query and not in making its columns what the contract promises. */
function castFailure(failure: unknown, { model }: Made, sql: string): Error | undefined {
  if (!isStatementFault(failure)) return undefined;
  const engineFailure = parseEngineError(failure);
  const line = placeOfFailure(engineFailure, sql)?.line;
  const column = line === undefined ? undefined : model.columns[line - 2];
  if (column === undefined) return undefined;
  const at = { file: model.file, line: column.line };
  const [reason] = engineFailure.message.split("\n");
  const detail = mayBeShown(column) ? `: ${reason}` : "";
  const failed = { product: model.id, column: column.name, type: column.sqlType, detail };
  return pipelineError["cast-failed"](failed, { at, cause: failure });
}

/** The engine quotes the value, and the message goes on the ledger, which more people read than the product. */
function mayBeShown({ classification }: ColumnModel): boolean {
  return classification === "public" || classification === "internal";
}

interface Ran {
  /** The query's own statement. */
  readonly statement: string;
  /** What was run. */
  readonly sql: string;
}

/** One line a column, from the second one on, is how the statement casts. */
export function explainStagingFailure(failure: unknown, made: Made, ran: Ran): unknown {
  return castFailure(failure, made, ran.sql) ?? explain(failure, made, ran);
}

function explain(failure: unknown, { query, model }: Made, { statement, sql }: Ran): unknown {
  return explainQueryFailure(failure, { query, statement, ran: sql, of: model.id });
}
