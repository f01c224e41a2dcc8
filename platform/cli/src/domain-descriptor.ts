import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Domain } from "@thoth/pipeline/domain";
import { cliError } from "./errors.ts";

const widestLine = 120;

/**
 * Finds where a product goes into a domain's `products: [ … ]`, before anything is written.
 * @returns a function that adds it
 * @throws MeshError `cli/no-product-list`
 */
export async function listProduct(domain: Domain, name: string, root: string): Promise<() => Promise<void>> {
  const file = path.join(domain.dir, "domain.ts");
  const text = await readFile(file, "utf8");
  const changed = withProduct(text, `{ name: "${name}" }`);
  if (changed === undefined)
    throw cliError["no-product-list"]({ entry: `{ name: "${name}" }` }, { at: { file: path.relative(root, file) } });
  return () => writeFile(file, changed);
}

/** @returns undefined when the descriptor has no list that can be found for sure */
export function withProduct(text: string, entry: string): string | undefined {
  const lists = [...text.matchAll(/^( *)products: \[/gm)];
  const [list] = lists;
  if (list === undefined || lists.length > 1) return undefined;
  const start = list.index + list[0].length;
  const end = closingBracket(text, start);
  if (end === undefined) return undefined;
  const written = text.slice(start, end).trim();
  if (endsInComment(written)) return undefined;
  const inner = written.replace(/,$/, "");
  const indent = list[1] ?? "";
  const oneLine = `${indent}products: [${inner === "" ? "" : `${inner}, `}${entry}],`;
  const fits = !inner.includes("\n") && oneLine.length <= widestLine && !/\/\/|\/\*/.test(inner);
  const manyLines = `\n${inner === "" ? "" : `${indent}  ${inner},\n`}${indent}  ${entry},\n${indent}`;
  const replaced = fits ? `${inner === "" ? "" : `${inner}, `}${entry}` : manyLines;
  return `${text.slice(0, start)}${replaced}${text.slice(end)}`;
}

/** A comma behind a comment would be part of it. */
function endsInComment(list: string): boolean {
  return /\/\/[^\n]*$|\*\/$/.test(list);
}

/** Of the list that is open at `start`; brackets in texts and comments do not count. */
function closingBracket(text: string, start: number): number | undefined {
  const tokens = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[[\]]/g;
  tokens.lastIndex = start;
  let depth = 1;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    if (token[0] === "[") depth++;
    else if (token[0] === "]" && --depth === 0) return token.index;
  }
  return undefined;
}
