import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, stringify, type YAMLMap } from "yaml";

/** One value on one line, so that git merges what two people add and no line is split between them. */
function flowLine(value: object): string {
  return `{ ${Object.entries(value).map(flowPair).join(", ")} }`;
}

/** Quoted as JSON where the YAML way of writing it would take several lines. */
function flowPair([key, value]: readonly [string, unknown]): string {
  const written = stringify({ [key]: value }, { collectionStyle: "flow", lineWidth: 0 }).trim();
  return written.includes("\n") ? `${key}: ${JSON.stringify(value)}` : written.slice(2, -2);
}

/**
 * Adds an entry to a list at the top of a YAML text; nothing else in the text changes.
 * @param text a document that has been read without errors and has the key
 */
export function appendEntry(text: string, key: string, entry: object): string {
  const pair = topPair(text, key);
  const line = `  - ${flowLine(entry)}\n`;
  const last = isSeq(pair.value) && !pair.value.flow ? (pair.value.items.at(-1) as Node | undefined) : undefined;
  if (last === undefined) return writeFirst(text, pair, line);
  const end = lineEnd(text, last.range?.[1] ?? text.length);
  return `${ended(text.slice(0, end))}${line}${text.slice(end)}`;
}

/** The same for an entry that takes the place of another one. */
export function replaceEntry(text: string, key: string, { index, entry }: { index: number; entry: object }): string {
  const { value } = topPair(text, key);
  const range = isSeq(value) ? (value.items[index] as Node | undefined)?.range : undefined;
  if (!range) throw new Error(`there is no entry ${index} in ${key}`);
  const old = text.slice(range[0], range[1]);
  return `${text.slice(0, range[0])}${flowLine(entry)}${old.endsWith("\n") ? "\n" : ""}${text.slice(range[1])}`;
}

/** Puts another value in the place of a key at the top, or adds the key at the end. Comments beside other keys stay. */
export function replaceTop(text: string, key: string, value: unknown): string {
  const written = stringify({ [key]: value }, { lineWidth: 0 });
  const contents = topMap(text);
  const pair = contents.items.find((one) => isNamed(one, key));
  if (pair === undefined) return `${ended(text)}${written}`;
  const [from] = (pair.key as Node).range ?? [0];
  const until = Math.max((pair.key as Node).range?.[1] ?? 0, (pair.value as Node | null)?.range?.[1] ?? 0);
  const end = text[until - 1] === "\n" ? until : lineEnd(text, until);
  return `${text.slice(0, from)}${written}${text.slice(end)}`;
}

function writeFirst(text: string, { key, value }: Pair, line: string): string {
  const until = Math.max((key as Node).range?.[1] ?? 0, (value as Node | null)?.range?.[1] ?? 0);
  const end = lineEnd(text, until);
  const head = `${text.slice(0, (key as Node).range?.[1])}:`;
  return `${head}\n${line}${text.slice(end)}`;
}

function topPair(text: string, key: string): Pair {
  const pair = topMap(text).items.find((one) => isNamed(one, key));
  if (pair === undefined) throw new Error(`there is no ${key} to add to`);
  return pair;
}

function topMap(text: string): YAMLMap {
  const { contents } = parseDocument(text, { logLevel: "error" });
  if (!isMap(contents)) throw new Error("a document that has been read is a map");
  return contents;
}

function isNamed({ key }: Pair, name: string): boolean {
  return isScalar(key) && key.value === name;
}

/** Behind the line break of the line that the offset is in. */
function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === "\n") return offset;
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
