import { gatewayError } from "../../errors.ts";
import type { RowField } from "../protocol/backend-message.ts";
import type { ValueFormat } from "../protocol/frontend-message.ts";
import { fieldOf } from "../values/postgres-type.ts";
import { type CopyLayout, parseCopy } from "./copy-command.ts";
import { type CursorDeclaration, parseDeclaration } from "./cursor-declaration.ts";
import type { Query } from "./query.ts";
import { parseSessionCommand, type SessionCommand } from "./session-command.ts";
import type { StatementText } from "./sql-tokens.ts";

/** A statement that was understood. */
export type PreparedStatement = PreparedQuery | PreparedCommand | { readonly kind: "empty" };

/** Reads rows: for the client, for a cursor, or as a copy. */
export interface PreparedQuery {
  readonly kind: "query";
  /** The SELECT alone. */
  readonly statement: StatementText;
  /** Types of the parameters as the client named them. */
  readonly types: readonly number[];
  readonly query: Query;
  readonly cursor?: CursorDeclaration;
  readonly copy?: CopyLayout;
}

export interface PreparedCommand {
  readonly kind: "command";
  readonly command: SessionCommand;
  readonly fields: readonly RowField[] | null;
}

export interface Preparing {
  readonly prepare: (statement: StatementText, types: readonly number[]) => Promise<Query>;
  /** Columns of an open cursor. @throws MeshError `gateway/sql-unknown-cursor` */
  readonly cursorFields: (name: string) => readonly RowField[];
}

/** @throws MeshError for what is wrong with the statement */
export async function prepareStatement(
  statement: StatementText | undefined,
  types: readonly number[],
  { prepare, cursorFields }: Preparing,
): Promise<PreparedStatement> {
  if (statement === undefined) return { kind: "empty" };
  const copied = parseCopy(statement);
  if (copied !== undefined) {
    const { query: select, layout } = copied;
    return { kind: "query", statement: select, types, query: await prepare(select, types), copy: layout };
  }
  const cursor = parseDeclaration(statement);
  if (cursor !== undefined)
    return { kind: "query", statement: cursor.query, types, query: await prepare(cursor.query, types), cursor };
  const command = parseSessionCommand(statement);
  if (command === undefined) return { kind: "query", statement, types, query: await prepare(statement, types) };
  return { kind: "command", command, fields: fieldsOf(command, cursorFields) };
}

function fieldsOf(command: SessionCommand, cursorFields: Preparing["cursorFields"]): readonly RowField[] | null {
  if (command.kind === "fetch" && !command.isMove) return cursorFields(command.cursor);
  return columnsOf(command)?.map((name) => fieldOf({ name, sqlType: "VARCHAR" })) ?? null;
}

/** Of the texts that it is answered with. */
function columnsOf(command: SessionCommand): readonly string[] | undefined {
  if (command.kind === "settings") return command.columns.map(({ column }) => column);
  if (command.kind !== "show") return undefined;
  return command.name === "all" ? ["name", "setting", "description"] : [command.name];
}

/** What its client is told of a statement's result; null when it has none. */
export function resultFields(prepared: PreparedStatement): readonly RowField[] | null {
  if (prepared.kind === "command") return prepared.fields;
  if (prepared.kind === "empty" || prepared.cursor !== undefined || prepared.copy !== undefined) return null;
  return prepared.query.fields;
}

/**
 * One a column, of the rows that a portal of the statement keeps: as its client asks for those that it is sent as they
 * are, as text for cursors, since who fetches says how, and for copies as they are written.
 * @param asked by the client for so many columns
 */
export function rowFormats(
  prepared: PreparedStatement,
  asked: (columns: number) => readonly ValueFormat[],
): readonly ValueFormat[] {
  if (prepared.kind !== "query") return asked(resultFields(prepared)?.length ?? 0);
  const { query, cursor, copy } = prepared;
  if (copy === undefined && cursor === undefined) return asked(query.fields.length);
  return query.fields.map(() => (copy?.format === "binary" ? 1 : 0));
}

/** Several in one message are fine while one at most reads data. @throws MeshError `gateway/sql-many-statements` */
export function refuseSeveralQueries(statements: readonly StatementText[]): void {
  if (statements.length < 2) return;
  const reading = statements.filter((statement) => parseSessionCommand(statement) === undefined);
  if (reading.length > 1) throw gatewayError["sql-many-statements"]({ count: statements.length });
}
