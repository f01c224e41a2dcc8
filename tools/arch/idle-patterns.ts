import { sourceTokens, type Token } from "./source-tokens.ts";
import type { Violation } from "./violation.ts";

const message =
  "toMatchObject takes a pattern for an object without keys, which every text matches; write expect.stringMatching(…)";

/** Patterns in tests that look as if they were held against a text, and are held against nothing. */
export function findIdlePatterns(texts: ReadonlyMap<string, string>): Violation[] {
  return [...texts]
    .filter(([file]) => /\.(test|suite)\.ts$/.test(file))
    .flatMap(([file, text]) =>
      idleLines(sourceTokens(text)).map((line) => ({ rule: "idle-pattern", file, line, message })),
    );
}

/** Where a pattern is part of what `toMatchObject` is given, and neither asked nor given to another function itself. */
function idleLines(tokens: readonly Token[]): number[] {
  const lines: number[] = [];
  let depth = 0;
  for (const [index, { text, line }] of tokens.entries()) {
    const isGiven = depth > 0 || isCall(tokens, index);
    const isPattern = text === "/…/" || (text === "RegExp" && tokens[index - 1]?.text === "new");
    if (text === "(" && isGiven) depth++;
    else if (text === ")" && depth > 0) depth--;
    else if (isPattern && depth === 1 && tokens[index + 1]?.text !== ".") lines.push(line);
  }
  return lines;
}

/** `toMatchObject(`, or with a type of its own before the bracket. */
function isCall(tokens: readonly Token[], bracket: number): boolean {
  let before = bracket - 1;
  if (tokens[before]?.text === ">") {
    for (let open = 0; before > 0; before--) {
      if (tokens[before]?.text === ">") open++;
      else if (tokens[before]?.text === "<" && --open === 0) break;
    }
    before--;
  }
  return tokens[before]?.text === "toMatchObject";
}
