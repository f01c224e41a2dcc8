import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { isFileFailure } from "@thoth/warehouse/engine-errors";
import { inQueryFile } from "@thoth/warehouse/in-query-file";
import type { SqlFile } from "./domain.ts";
import { pipelineError } from "./errors.ts";

export interface FailedQuery {
  readonly query: SqlFile;
  /** The file's one statement, as it stands in `ran`. */
  readonly statement: string;
  readonly ran: string;
  /** What the query computes: `clean.tasks`, `ontrack-learning/units`. */
  readonly of: string;
}

/**
 * Tells, at its place in the file, why the engine refused a query. Failures that are not the query's fault, such as a
 * full disk, stay as they are.
 */
export function explainQueryFailure(failure: unknown, { query, statement, ran, of }: FailedQuery): unknown {
  if (!isStatementFault(failure)) return failure;
  const placed = inQueryFile(failure, ran, { file: query.file, sql: statement }) as MeshError;
  const at = { file: query.file, ...shift(placed.at, query.sql, statement) };
  const [detail = ""] = failure.message.split("\n");
  return pipelineError["query-failed"]({ table: of, detail }, { at, cause: failure });
}

/** True when the statement or the data it reads is to blame, not the disk, the memory or somebody who stopped the run. */
export function isStatementFault(failure: unknown): failure is MeshError {
  return isMeshError(failure) && failure.code === "warehouse/statement-failed" && !isFileFailure(failure);
}

/** Comments may stand before the statement. */
function shift(place: MeshError["at"], sql: string, statement: string): { line?: number; column?: number } {
  const { line, column } = place ?? {};
  if (line === undefined || column === undefined) return {};
  const before = sql.slice(0, Math.max(0, sql.indexOf(statement))).split(/\r\n|\n|\r/);
  const indent = line === 1 ? (before.at(-1)?.length ?? 0) : 0;
  return { line: line + before.length - 1, column: column + indent };
}
