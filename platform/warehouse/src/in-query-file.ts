import { isMeshError, MeshError } from "@thoth/kernel/mesh-error";
import { type EngineFailure, parseEngineError, placeOfFailure } from "./engine-errors.ts";
import { placeAt, type TextPlace } from "./sql-place.ts";

/** A file with one query, whose text was part of the statement that ran. */
export interface QueryFile {
  readonly file: string;
  readonly sql: string;
}

/**
 * Tells a failure in terms of the file a person can open. The platform runs a query inside a statement of its own, such
 * as `create table … as <query>`; the engine counts from the start of that statement.
 * @param ran the statement that failed
 * @returns the same failure when it is none of the engine's
 */
export function inQueryFile(failure: unknown, ran: string, query: QueryFile): unknown {
  if (!isMeshError(failure) || failure.cause === undefined || failure.at?.file !== undefined) return failure;
  const at = { file: query.file, ...placeInQuery(parseEngineError(failure), ran, query.sql) };
  return new MeshError(failure.code, { message: failure.message, hint: failure.hint }, { at, cause: failure.cause });
}

function placeInQuery(failure: EngineFailure, ran: string, sql: string): Partial<TextPlace> {
  const start = ran.indexOf(sql);
  const place = placeOfFailure(failure, ran);
  if (place === undefined || start < 0) return {};
  const first = placeAt(ran, Buffer.byteLength(ran.slice(0, start), "utf8"));
  const line = place.line - first.line + 1;
  const column = line === 1 ? place.column - first.column + 1 : place.column;
  const lines = sql.split(/\r\n|\n|\r/);
  return line < 1 || column < 1 || line > lines.length ? {} : { line, column };
}
