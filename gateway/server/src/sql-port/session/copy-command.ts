import { gatewayError } from "../../errors.ts";
import type { SqlToken, StatementText } from "./sql-tokens.ts";
import { TokenCursor } from "./token-cursor.ts";

/** `COPY (SELECT …) TO STDOUT`, or of a whole table. */
export interface CopyCommand {
  readonly query: StatementText;
  readonly layout: CopyLayout;
}

export type CopyLayout = TextLayout | { readonly format: "binary" };

export interface TextLayout {
  readonly format: "text" | "csv";
  readonly delimiter: string;
  /** What stands for null. */
  readonly nullText: string;
  readonly hasHeader: boolean;
  /** Of csv. */
  readonly quote: string;
  readonly escapeWith: string;
}

/**
 * @returns undefined when it is no COPY
 * @throws MeshError `gateway/sql-syntax`, `gateway/sql-unsupported`
 */
export function parseCopy(statement: StatementText): CopyCommand | undefined {
  const cursor = new TokenCursor(statement);
  if (!cursor.skip("copy")) return undefined;
  const query = copiedQuery(cursor, statement);
  const direction = cursor.need("to", "from");
  if (direction === "from") refuse("COPY FROM", "Products are written by their domains' pipelines.");
  if (cursor.skip("program") || !cursor.skip("stdout"))
    refuse(
      "COPY to a file or program of the server",
      "Use COPY … TO STDOUT; in psql, \\copy … TO 'file' writes it on your side.",
    );
  return { query, layout: parseLayout(cursor) };
}

function refuse(what: string, instead: string): never {
  throw gatewayError["sql-unsupported"]({ what, instead });
}

function copiedQuery(cursor: TokenCursor, { text, offset }: StatementText): StatementText {
  const tokens = cursor.skipSymbol("(") ? untilClosed(cursor) : undefined;
  if (tokens !== undefined) return statementOf(tokens, text, offset);
  const table: SqlToken[] = [];
  while (!cursor.isAtEnd && !isWord(cursor.rest[0], "to", "from")) table.push(cursor.take() as SqlToken);
  const list = table.findIndex(({ kind, value }) => kind === "symbol" && value === "(");
  const sliceOf = (from: number, to: number) => statementOf(table.slice(from, to), text, offset).text;
  const columns = list < 0 ? "*" : sliceOf(list + 1, -1);
  const select = `SELECT ${columns} FROM ${sliceOf(0, list < 0 ? table.length : list)}`;
  return { text: select, tokens: table, offset: 0 };
}

function isWord(token: SqlToken | undefined, ...words: readonly string[]): boolean {
  return token?.kind === "word" && words.includes(token.value);
}

function untilClosed(cursor: TokenCursor): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let depth = 1; !cursor.isAtEnd; ) {
    const token = cursor.take() as SqlToken;
    if (token.kind === "symbol" && token.value === "(") depth += 1;
    if (token.kind === "symbol" && token.value === ")") depth -= 1;
    if (depth === 0) return tokens;
    tokens.push(token);
  }
  throw gatewayError["sql-syntax"]({ problem: "the bracket behind COPY is not closed" });
}

function statementOf(tokens: readonly SqlToken[], text: string, offset: number): StatementText {
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined)
    throw gatewayError["sql-syntax"]({ problem: "COPY names neither a table nor a SELECT" });
  return { tokens, text: text.slice(first.start - offset, last.end - offset), offset: first.start };
}

interface Choices {
  format?: string;
  delimiter?: string;
  nullText?: string;
  hasHeader?: boolean;
  quote?: string;
  escapeWith?: string;
}

function parseLayout(cursor: TokenCursor): CopyLayout {
  cursor.skip("with");
  const choices: Choices = {};
  const isList = cursor.skipSymbol("(");
  while (!cursor.isAtEnd && !(isList && cursor.skipSymbol(")"))) {
    parseChoice(cursor, choices, isList);
    if (isList) cursor.skipSymbol(",");
  }
  cursor.end("COPY");
  const { format = "text", hasHeader = false, quote = '"' } = choices;
  if (format === "binary") return { format };
  if (format !== "text" && format !== "csv")
    refuse(`COPY in the format ${format}`, "Use the format text, csv or binary.");
  const isCsv = format === "csv";
  const { delimiter = isCsv ? "," : "\t", nullText = isCsv ? "" : "\\N", escapeWith = quote } = choices;
  for (const character of [delimiter, quote, escapeWith]) {
    if (character.length !== 1 || /[\r\n]/.test(character))
      throw gatewayError["sql-syntax"]({ problem: "a delimiter, quote or escape of COPY is one character" });
  }
  return { format, delimiter, nullText, hasHeader, quote, escapeWith };
}

function parseChoice(cursor: TokenCursor, choices: Choices, isList: boolean): void {
  const option = cursor.name("option of COPY");
  const value = () => {
    if (!isList) cursor.skip("as");
    return cursor.take()?.value ?? "";
  };
  if (option === "format") choices.format = value().toLowerCase();
  else if (option === "csv" || option === "binary") choices.format = option;
  else if (option === "delimiter") choices.delimiter = value();
  else if (option === "null") choices.nullText = value();
  else if (option === "quote") choices.quote = value();
  else if (option === "escape") choices.escapeWith = value();
  else if (option === "encoding") value();
  else if (option === "header") choices.hasHeader = !isList || !/^(false|off|0)$/i.test(headerValue(cursor));
  else refuse(`The option ${option} of COPY`, "Use FORMAT, HEADER, DELIMITER, NULL, QUOTE or ESCAPE.");
}

function headerValue(cursor: TokenCursor): string {
  const next = cursor.rest[0];
  return next === undefined || next.kind === "symbol" ? "true" : (cursor.take()?.value ?? "true");
}
