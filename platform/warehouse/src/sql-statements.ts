/** One statement of a text that may hold several. */
export interface StatementText {
  /** UTF-16 offset of its first token: comments and blanks before it are skipped. */
  readonly start: number;
  /** From the first token to the end, without the closing `;`. */
  readonly text: string;
}

// Everything in which a semicolon means nothing: quoted text, quoted names, dollar quotes, comments.
const opaque = /--[^\n\r]*|\/\*|'|"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|;|\s+|[\s\S]/g;

/** Splits a text at its semicolons. Empty statements are left out. */
export function splitStatements(sql: string): StatementText[] {
  const statements: StatementText[] = [];
  let start = -1;
  let offset = 0;
  const finish = () => {
    if (start >= 0) statements.push({ start, text: sql.slice(start, offset).trimEnd() });
    start = -1;
  };
  while (offset < sql.length) {
    const token = tokenAt(sql, offset);
    if (token.kind === "end") finish();
    else if (token.kind === "content" && start < 0) start = offset;
    offset = token.end;
  }
  finish();
  return statements;
}

interface Token {
  readonly kind: "blank" | "content" | "end";
  readonly end: number;
}

function tokenAt(sql: string, offset: number): Token {
  opaque.lastIndex = offset;
  const text = opaque.exec(sql)?.[0] ?? sql.charAt(offset);
  const end = offset + text.length;
  if (text === ";") return { kind: "end", end };
  if (text === "/*") return { kind: "blank", end: endOfComment(sql, end) };
  if (text.startsWith("--") || text.trim() === "") return { kind: "blank", end };
  if (text === '"') return { kind: "content", end: endAfter(sql, '"', end) };
  if (text === "'") return { kind: "content", end: endOfString(sql, offset) };
  if (text.length > 1 && text.startsWith("$")) return { kind: "content", end: endAfter(sql, text, end) };
  return { kind: "content", end };
}

/** A doubled quote ends one run and begins the next, which comes to the same for finding semicolons. */
function endAfter(sql: string, closing: string, from: number): number {
  const found = sql.indexOf(closing, from);
  return found < 0 ? sql.length : found + closing.length;
}

/** In `e'…'` a backslash escapes the quote. */
function endOfString(sql: string, quote: number): number {
  if (!/(^|[^\w\u0080-\uffff])e$/i.test(sql.slice(Math.max(0, quote - 2), quote))) return endAfter(sql, "'", quote + 1);
  const rest = /(?:[^'\\]|\\[\s\S])*'/y;
  rest.lastIndex = quote + 1;
  return rest.test(sql) ? rest.lastIndex : sql.length;
}

/** Comments nest. */
function endOfComment(sql: string, from: number): number {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = from;
  let depth = 1;
  for (let mark = marks.exec(sql); mark !== null; mark = marks.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return sql.length;
}
