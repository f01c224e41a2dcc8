import type { SourceDocument } from "./source-document.ts";

/** More than any contract needs that people write, and little enough to be read at once. */
const limits = { characters: 4_000_000, depth: 500, aliases: 1000 };

interface Excess {
  readonly offset: number;
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * Refuses what would keep a parser busy for minutes: a text that is too long, nests too deep, or refers to itself too
 * often. Undefined for every other text.
 */
export function refuseExcess(text: string, file: string): SourceDocument | undefined {
  const excess = tooLong(text) ?? tooDeep(text) ?? tooManyAliases(text);
  if (excess === undefined) return undefined;
  const { offset, ...problem } = excess;
  const place = placeOf(text, offset);
  const finding = { ...problem, severity: "error" as const, file, ...place, path: "" };
  return { value: undefined, findings: [finding], report: () => undefined, locate: () => place };
}

function tooLong(text: string): Excess | undefined {
  if (text.length <= limits.characters) return undefined;
  const message = `The file has ${text.length} characters; a contract has at most ${limits.characters}`;
  return { offset: 0, rule: "odcs-yaml-syntax", message, hint: "Check that this is the contract, and not its data." };
}

/** Brackets in texts count as well: five hundred of them that nobody closes are no text either. */
function tooDeep(text: string): Excess | undefined {
  let depth = 0;
  for (const { 0: bracket, index } of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === "[" || bracket === "{" ? 1 : -1));
    if (depth > limits.depth)
      return {
        offset: index,
        rule: "odcs-yaml-syntax",
        message: "The YAML is nested too deep to read",
        hint: "Check for stray brackets.",
      };
  }
  const open = /^ {1000,}[^\s#][^\n]*:[ \t]*$/m.exec(text);
  if (open === null) return undefined;
  const message = "The YAML is nested too deep to read";
  return { offset: open.index, rule: "odcs-yaml-syntax", message, hint: "Check the indentation of this line." };
}

function tooManyAliases(text: string): Excess | undefined {
  let count = 0;
  for (const { index } of text.matchAll(/(?<=[[{,][ \t]*|:[ \t]+|^[ \t]*-[ \t]+)\*[^\s,[\]{}*]+(?=[\s,\]}]|$)/gm)) {
    count += 1;
    if (count > limits.aliases)
      return {
        offset: index,
        rule: "odcs-yaml-alias",
        message: `The aliases of this file multiply beyond measure: there are more than ${limits.aliases}`,
        hint: "Write the values out instead of repeating them by alias.",
      };
  }
  return undefined;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
