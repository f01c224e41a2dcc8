import { sourceTokens, type Token } from "./source-tokens.ts";

export interface ImportStatement {
  readonly specifier: string;
  readonly kind: "import" | "export" | "dynamic";
  /** Nothing of it is left at run time. `import { type A }` is: the module is still loaded. */
  readonly typeOnly: boolean;
  /** 1-based. */
  readonly line: number;
}

/**
 * Finds every module that a JavaScript or TypeScript file names: `import`, `import type`, `export … from` and `import()`
 * of a fixed string. A computed `import()` is not seen.
 */
export function scanImports(source: string): ImportStatement[] {
  const tokens = sourceTokens(source);
  return tokens.flatMap((token, index) => {
    if (token.kind !== "word" || tokens[index - 1]?.text === ".") return [];
    const found = token.text === "import" ? readImport(tokens, index) : readExport(tokens, index);
    return found ?? [];
  });
}

function readImport(tokens: readonly Token[], index: number): ImportStatement | undefined {
  const next = tokens[index + 1];
  if (next?.text === "(") return readDynamicImport(tokens, index);
  if (next?.kind === "string") return statement("import", next, false);
  const clause = readClause(tokens, index + 1);
  return clause && statement("import", clause.from, startsWithType(tokens, index + 1));
}

function readExport(tokens: readonly Token[], index: number): ImportStatement | undefined {
  if (tokens[index]?.text !== "export") return undefined;
  const typeOnly = tokens[index + 1]?.text === "type";
  const start = index + (typeOnly ? 2 : 1);
  if (tokens[start]?.text !== "{" && tokens[start]?.text !== "*") return undefined;
  const clause = readClause(tokens, start);
  return clause && statement("export", clause.from, typeOnly);
}

/** `import("x").Name` without `await` around it stands for a type; `.then`, `.catch` and `.finally` are of the promise. */
function readDynamicImport(tokens: readonly Token[], index: number): ImportStatement | undefined {
  const [name, close, dot, member] = tokens.slice(index + 2, index + 6);
  if (name?.kind !== "string") return undefined;
  const named = close?.text === ")" && dot?.text === "." && !/^(then|catch|finally)$/.test(member?.text ?? "");
  return statement("dynamic", name, named || tokens[index - 1]?.text === "typeof");
}

/** Names, braces and commas up to `from "x"`; undefined when something else comes first. */
function readClause(tokens: readonly Token[], start: number): { readonly from: Token } | undefined {
  for (let index = start; index < tokens.length; index++) {
    const token = tokens[index];
    const next = tokens[index + 1];
    if (token?.text === "from" && token.kind === "word" && next?.kind === "string") return { from: next };
    if (token?.kind === "mark" && !"{},*".includes(token.text)) return undefined;
    if (token?.text === "}" && next?.text !== "from") return undefined;
  }
  return undefined;
}

/** `import type from "x"` and `import type, { a } from "x"` import a value that is called `type`. */
function startsWithType(tokens: readonly Token[], start: number): boolean {
  const [first, second, third] = tokens.slice(start, start + 3);
  if (first?.text !== "type" || second?.text === ",") return false;
  return second?.text !== "from" || third?.kind !== "string";
}

function statement(kind: ImportStatement["kind"], name: Token, typeOnly: boolean): ImportStatement {
  return { specifier: name.text, kind, typeOnly, line: name.line };
}
