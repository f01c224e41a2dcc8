import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { isSecretName, withoutSecretMembers } from "./secret-names.ts";

/** A declared column: its DuckDB type, or more. What is not declared is never read. */
export type ColumnSpec =
  | string
  | {
      readonly type: string;
      /** Stored as a keyed hash; the value itself never lands. */
      readonly pseudonymise?: boolean;
      /** Name in the file when it differs. */
      readonly from?: string;
      /** Null when a file lacks it. */
      readonly optional?: boolean;
      /** It is called like a secret, or is JSON with keys that are, and holds none: a token may be a word of a text. */
      readonly notSecret?: boolean;
    };

export type ColumnSpecs = Readonly<Record<string, ColumnSpec>>;

export interface DeclaredColumn extends StreamColumn {
  readonly from: string;
  readonly pseudonymise: boolean;
  readonly optional: boolean;
  /** JSON, of which texts of keys that are called like secrets land as null. */
  readonly document: boolean;
}

/** @throws MeshError `ingest/secret-column` */
export function declareColumns(specs: ColumnSpecs): DeclaredColumn[] {
  return Object.entries(specs).map(([name, spec]) => {
    const full = typeof spec === "string" ? { type: spec } : spec;
    const { pseudonymise = false, notSecret = false } = full;
    if (!notSecret) refuseSecrets(full.from ?? name, full.type);
    return {
      name,
      type: pseudonymise ? "VARCHAR" : full.type,
      from: full.from ?? name,
      pseudonymise,
      optional: full.optional ?? false,
      document: isJson(full.type) && !pseudonymise && !notSecret,
    };
  });
}

function isJson(type: string): boolean {
  return /^JSON$/i.test(type);
}

/** Also by its last key of a JSON pointer, and the fields of a structure. */
function refuseSecrets(from: string, type: string): void {
  const fields = [...type.matchAll(/[(,]\s*("(?:[^"]|"")*"|\w+)\s+\w/g)].map(([, field = ""]) =>
    field.replaceAll('"', ""),
  );
  const secret = [from.slice(from.lastIndexOf("/") + 1), ...fields].find(isSecretName);
  if (secret !== undefined) throw ingestError["secret-column"]({ column: secret });
}

/** SQL of a column's value in a relation that has it under this expression. */
export function landedValue({ type, pseudonymise, document }: DeclaredColumn, value: string): string {
  if (pseudonymise) return `pseudonym(${value}::VARCHAR)`;
  if (!document) return value;
  const text = withoutSecretMembers(`${value}::VARCHAR`);
  return isJson(type) ? `(${text})::JSON` : `(${text})`;
}

/** The select item that turns a file's column into the raw column. */
export function selectColumn(column: DeclaredColumn, present: boolean): string {
  const target = quoteIdentifier(column.name);
  if (!present) return `NULL::${column.type} AS ${target}`;
  return `${landedValue(column, quoteIdentifier(column.from))} AS ${target}`;
}
