import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { StreamColumn } from "./connector.ts";
import { ingestError } from "./errors.ts";
import { isSecretName, withoutSecretMembers, withoutSecretsInText } from "./secret-names.ts";
import { isNested } from "./sifted-rows.ts";
import { withoutSecrets } from "./without-secrets.ts";

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
      /** It is called like a secret, or holds keys that are, and none of it is one: a token may be a word of a text. */
      readonly notSecret?: boolean;
    };

export type ColumnSpecs = Readonly<Record<string, ColumnSpec>>;

export interface DeclaredColumn extends StreamColumn {
  readonly from: string;
  readonly pseudonymise: boolean;
  readonly optional: boolean;
  /**
   * How the text of a value is searched for keys that are called like secrets, whose values land as null: `json` as a
   * document, of which lists and structures are made, too; `text` where it happens to be one. Absent where it is not.
   */
  readonly search?: "json" | "text";
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
      ...(pseudonymise || notSecret ? {} : searchOf(full.type)),
    };
  });
}

function isJson(type: string): boolean {
  return /^JSON$/i.test(type);
}

/** As what a value of a type has to be searched, if at all. */
export function searchOf(type: string): Pick<DeclaredColumn, "search"> {
  if (isJson(type) || isNested(type)) return { search: "json" };
  return /^(VARCHAR|TEXT|STRING)$/i.test(type) ? { search: "text" } : {};
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
export function landedValue({ type, pseudonymise, search }: DeclaredColumn, value: string): string {
  if (pseudonymise) return `pseudonym(${value}::VARCHAR)`;
  if (search === undefined) return value;
  if (search === "text") return withoutSecretsInText(value);
  if (isNested(type)) return withoutSecrets(value, type);
  const text = withoutSecretMembers(`${value}::VARCHAR`);
  return isJson(type) ? `(${text})::JSON` : `(${text})`;
}

/** The select item that turns a file's column into the raw column. */
export function selectColumn(column: DeclaredColumn, present: boolean): string {
  const target = quoteIdentifier(column.name);
  if (!present) return `NULL::${column.type} AS ${target}`;
  return `${landedValue(column, quoteIdentifier(column.from))} AS ${target}`;
}
