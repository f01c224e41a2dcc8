import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { SqlNode } from "@thoth/warehouse/sql-tree";

/** A piece of a text that another one takes the place of. */
export interface Splice {
  /** The tree's node that stands there. */
  readonly node: SqlNode;
  /** Bytes from the start of the text. */
  readonly offset: number;
  /** What is written there: catalog, schema, table, as far as they are. */
  readonly words: readonly string[];
  /** Catalog, schema and table to read instead. */
  readonly by: readonly [string, string, string];
}

/** A statement over other tables, and the way back to the places of the original. */
export interface Rewritten {
  /** The whole text, with what surrounds the statement. */
  readonly text: string;
  /** Offset in bytes → offset in the original, in bytes. */
  readonly placeBefore: (offset: number) => number;
}

const part = String.raw`(?:"(?:[^"]|"")*"|[\p{L}_\u0080-\uffff][\p{L}\p{N}_$\u0080-\uffff]*)`;
const between = String.raw`(?:\s|--[^\n\r]*(?:[\n\r]|$)|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)*`;

/** Writes other names in place of tables. @returns undefined when the text at a place is not the name that the tree says */
export function rewriteStatement(sql: string, splices: readonly Splice[]): Rewritten | undefined {
  const bytes = Buffer.from(sql, "utf8");
  const pieces: Buffer[] = [];
  const moves: { readonly after: number; readonly shift: number }[] = [];
  let [done, length] = [0, 0];
  for (const { offset, words, by } of splices.toSorted((left, right) => left.offset - right.offset)) {
    const written = offset < done ? undefined : writtenName(bytes, offset, words);
    if (written === undefined) return undefined;
    pieces.push(bytes.subarray(done, offset), Buffer.from(qualifiedName(...by), "utf8"));
    length += offset - done + (pieces.at(-1)?.length ?? 0);
    done = offset + written;
    moves.push({ after: length, shift: done - length });
  }
  pieces.push(bytes.subarray(done));
  return {
    text: Buffer.concat(pieces).toString("utf8"),
    placeBefore: (offset) => offset + (moves.findLast(({ after }) => offset >= after)?.shift ?? 0),
  };
}

/** @returns its length in bytes */
function writtenName(bytes: Buffer, offset: number, words: readonly string[]): number | undefined {
  const name = new RegExp(`^${words.map(() => part).join(`${between}\\.${between}`)}`, "u");
  const written = name.exec(bytes.subarray(offset, offset + longestName).toString("utf8"))?.[0];
  return written === undefined || !isSaid(written, words) ? undefined : Buffer.byteLength(written, "utf8");
}

/** A name without a schema looks like any word of the language. */
function isSaid(written: string, words: readonly string[]): boolean {
  const said = [...written.matchAll(new RegExp(`${between}(${part})(?:${between}\\.)?`, "gu"))].map(([, word = ""]) =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') : word,
  );
  return (
    said.length === words.length && said.every((word, index) => word.toLowerCase() === words[index]?.toLowerCase())
  );
}

const longestName = 2000;

/**
 * Whether the trees of the rewritten text are those of the original with nothing but the named tables exchanged: what
 * the engine will run is what was judged.
 */
export function isSameStatement(
  before: readonly unknown[],
  after: readonly unknown[],
  splices: readonly Splice[],
): boolean {
  const replaced = new Map(splices.map((splice) => [splice.node, splice]));
  return JSON.stringify(exchanged(before, replaced)) === JSON.stringify(exchanged(after, new Map()));
}

function exchanged(value: unknown, replaced: ReadonlyMap<SqlNode, Splice>): unknown {
  if (Array.isArray(value)) return value.map((item) => exchanged(item, replaced));
  if (typeof value !== "object" || value === null) return value;
  const { query_location: _, ...node } = value as SqlNode & Readonly<Record<string, unknown>>;
  const splice = replaced.get(value as SqlNode);
  const entries = Object.entries({ ...node, ...(splice && exchange(node, splice)) });
  return Object.fromEntries(entries.map(([field, inner]) => [field, exchanged(inner, replaced)]));
}

function exchange({ column_names: columns }: SqlNode, { words, by }: Splice): Partial<SqlNode> {
  const [catalog_name, schema_name, table_name] = by;
  if (columns === undefined) return { catalog_name, schema_name, table_name };
  return { column_names: [...by, ...columns.slice(words.length)] };
}
