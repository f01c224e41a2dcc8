import { randomUUID } from "node:crypto";
import { findMeshError } from "@thoth/kernel/error-chain";
import { isMeshError, type MeshError, type Place } from "@thoth/kernel/mesh-error";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { resourceFailure } from "@thoth/warehouse/resource-failure";
import { gatewayError } from "../../errors.ts";
import { describeForLog } from "../../mask-error.ts";
import { CatalogFailure } from "../catalog/catalog-failure.ts";
import type { NoticeFields } from "../protocol/backend-message.ts";
import { sqlStateOf } from "./sql-state.ts";

/** The statement that failed, and where it stands in what the client sent. */
export interface FailedText {
  readonly text: string;
  /** What the statement is a part of; positions are counted in it. */
  readonly whole: string;
  /** In UTF-16 code units. */
  readonly offset: number;
}

export interface Failure {
  /** Our own code, such as `access/sql-read-refused`. */
  readonly code: string;
  readonly fields: NoticeFields;
}

/** What a client is told of a failure. What was not expected becomes a reference that the log can be searched for. */
export function failureOf(error: unknown, log: ServerLog, failed?: FailedText): Failure {
  if (error instanceof CatalogFailure) return catalogFailure(error);
  const expected = findMeshError(error);
  const shown = expected && forReaders(expected);
  if (shown !== undefined) return { code: shown.code, fields: severe("ERROR", fieldsOf(shown, failed)) };
  const id = randomUUID();
  log.error("unexpected failure", { id, error: describeForLog(error) });
  const masked = gatewayError.unexpected({ id });
  return { code: masked.code, fields: { ...severe("ERROR", fieldsOf(masked)), C: "XX000" } };
}

/** In Postgres' own words; where it has no advice, ours. */
function catalogFailure({ fields, message }: CatalogFailure): Failure {
  const { code, hint } = gatewayError["sql-catalog-refused"]({ message });
  return { code, fields: severe("ERROR", { D: code, H: hint, ...fields }) };
}

/** Other errors speak to operators: of files, statements and keys. */
function forReaders(error: MeshError): MeshError | undefined {
  const { code } = error;
  return readersPattern.test(code) || readersCodes.has(code) ? error : resourceFailure(error);
}

const readersPattern = /^(gateway|access\/(sql|token|product|column|aggregates|audit-unavailable))/;

const readersCodes: ReadonlySet<string> = new Set([
  "warehouse/sql-syntax",
  "warehouse/sql-not-a-select",
  "warehouse/sql-several-statements",
  "warehouse/read-refused",
  "warehouse/function-refused",
  "warehouse/not-a-read",
  "warehouse/statement-failed",
  "warehouse/too-many-queries",
  "warehouse/no-snapshot",
]);

/** The same as the last thing that a session is told. */
export function fatal({ code, fields }: Failure): Failure {
  return { code, fields: { ...fields, S: "FATAL", V: "FATAL" } };
}

function severe(severity: string, fields: NoticeFields): NoticeFields {
  return { S: severity, V: severity, ...fields };
}

function fieldsOf(error: MeshError, failed?: FailedText): NoticeFields {
  const { code, message, hint, at, cause } = error;
  const position = failed === undefined ? undefined : positionOf(at, failed);
  return {
    C: sqlStateOf(code, message),
    M: message,
    D: isMeshError(cause) && code.startsWith("gateway/") ? `${code}, ${cause.code}` : code,
    H: hint,
    ...(position !== undefined && { P: String(position) }),
  };
}

/** Counted in characters, from 1. */
function positionOf(at: Place | undefined, { text, whole, offset }: FailedText): number | undefined {
  if (at?.line === undefined) return undefined;
  const before = text.split("\n").slice(0, at.line - 1);
  const start = before.reduce((sum, line) => sum + line.length + 1, 0) + (at.column ?? 1) - 1;
  return [...whole.slice(0, offset + Math.min(start, text.length))].length + 1;
}
