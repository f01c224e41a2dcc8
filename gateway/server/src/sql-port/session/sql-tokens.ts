import { gatewayError } from "../../errors.ts";

/** A word of a statement, by Postgres' rules of writing. */
export interface SqlToken {
  /** `word`: a keyword or a name, in lower case; `name`: one in quotes, as it is; `text`: a string without its quotes. */
  readonly kind: "word" | "name" | "text" | "number" | "parameter" | "symbol";
  readonly value: string;
  /** Where it begins and ends in the text, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

const pattern = new RegExp(
  [
    String.raw`(?<space>\s+|--[^\n]*)`,
    String.raw`(?<comment>\/\*)`,
    String.raw`(?<escaped>[eE]'(?:[^'\\]|''|\\[\s\S])*'?)`,
    "(?<string>'(?:[^']|'')*'?)",
    String.raw`(?<dollar>\$(?<tag>(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?)\$)`,
    String.raw`(?<parameter>\$\d+)`,
    '(?<name>"(?:[^"]|"")*"?)',
    String.raw`(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`,
    String.raw`(?<number>\d[\w.]*|\.\d[\w.]*)`,
    String.raw`(?<symbol>[\s\S])`,
  ].join("|"),
  "y",
);

/** What is not closed reaches to the end: the parser that runs the statement says what is wrong with it. */
export function* readTokens(text: string): Generator<SqlToken, void, void> {
  let at = 0;
  while (at < text.length) {
    pattern.lastIndex = at;
    const groups = pattern.exec(text)?.groups ?? {};
    const start = at;
    at = endOf(text, start, groups, pattern.lastIndex);
    const token = tokenOf(text, start, at, groups);
    if (token !== undefined) yield token;
  }
}

type Groups = Readonly<Record<string, string | undefined>>;

function endOf(text: string, start: number, { comment, dollar }: Groups, end: number): number {
  if (comment !== undefined) return endOfComment(text, start);
  if (dollar === undefined) return end;
  const close = text.indexOf(dollar, end);
  return close < 0 ? text.length : close + dollar.length;
}

/** Comments nest. */
function endOfComment(text: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(text); found !== null; found = edge.exec(text)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return text.length;
}

function tokenOf(text: string, start: number, end: number, groups: Groups): SqlToken | undefined {
  const { word, name, string, escaped, dollar, parameter, number, symbol } = groups;
  const place = { start, end };
  if (word !== undefined) return { kind: "word", value: word.toLowerCase(), ...place };
  if (name !== undefined) return { kind: "name", value: name.slice(1, -1).replaceAll('""', '"'), ...place };
  if (string !== undefined) return { kind: "text", value: string.slice(1, -1).replaceAll("''", "'"), ...place };
  if (escaped !== undefined) return { kind: "text", value: withoutEscapes(escaped.slice(2, -1)), ...place };
  if (dollar !== undefined)
    return { kind: "text", value: text.slice(start + dollar.length, end - dollar.length), ...place };
  if (parameter !== undefined) return { kind: "parameter", value: parameter, ...place };
  if (number !== undefined) return { kind: "number", value: number, ...place };
  return symbol === undefined ? undefined : { kind: "symbol", value: symbol, ...place };
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

function withoutEscapes(text: string): string {
  return text.replaceAll("''", "'").replace(/\\([\s\S])/g, (_, character: string) => escapes[character] ?? character);
}

/** One statement of several that came as one text. */
export interface StatementText {
  readonly tokens: readonly SqlToken[];
  /** From its first word to its last. */
  readonly text: string;
  /** Where that begins in the whole, in UTF-16 code units. */
  readonly offset: number;
}

/** More is not looked at: it takes time in which nobody else is served. In UTF-16 code units. */
const longestText = 128 * 1024;

/**
 * Cuts a text at its semicolons; what holds nothing but space and comments is no statement.
 * @throws MeshError `gateway/sql-text-too-long`
 */
export function splitStatements(text: string): StatementText[] {
  if (text.length > longestText) throw gatewayError["sql-text-too-long"]({ length: text.length, limit: longestText });
  const statements: StatementText[] = [];
  let tokens: SqlToken[] = [];
  const close = () => {
    const [first, last] = [tokens[0], tokens.at(-1)];
    if (first !== undefined && last !== undefined)
      statements.push({ tokens, text: text.slice(first.start, last.end), offset: first.start });
    tokens = [];
  };
  for (const token of readTokens(text)) {
    if (token.kind === "symbol" && token.value === ";") close();
    else tokens.push(token);
  }
  close();
  return statements;
}
