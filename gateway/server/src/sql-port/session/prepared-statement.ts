import { gatewayError } from "../../errors.ts";
import type { RowField } from "../protocol/backend-message.ts";
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
  if (command.kind !== "show" && command.kind !== "set-config") return null;
  const all = ["name", "setting", "description"];
  const names = command.kind === "set-config" ? ["set_config"] : command.name === "all" ? all : [command.name];
  return names.map((name) => fieldOf({ name, sqlType: "VARCHAR" }));
}

/** What its client is told of a statement's result; null when it has none. */
export function resultFields(prepared: PreparedStatement): readonly RowField[] | null {
  if (prepared.kind === "command") return prepared.fields;
  if (prepared.kind === "empty" || prepared.cursor !== undefined || prepared.copy !== undefined) return null;
  return prepared.query.fields;
}

/** Several in one message are fine while one at most reads data. @throws MeshError `gateway/sql-many-statements` */
export function refuseSeveralQueries(statements: readonly StatementText[]): void {
  if (statements.length < 2) return;
  const reading = statements.filter((statement) => parseSessionCommand(statement) === undefined);
  if (reading.length > 1) throw gatewayError["sql-many-statements"]({ count: statements.length });
}
