/** A type as the engine spells it, with its parts. */
export type ColumnType =
  | { readonly kind: "plain"; readonly name: string }
  | { readonly kind: "list"; readonly of: ColumnType }
  | { readonly kind: "map"; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: "struct"; readonly fields: readonly { readonly name: string; readonly type: ColumnType }[] };

/** Whether values of a plain type are texts. */
export function isTextType(type: string): boolean {
  return /^(VARCHAR|TEXT|STRING)$/i.test(type);
}

/** Anything that is no list, map or structure is plain, whatever it is. */
export function parseType(text: string): ColumnType {
  const type = text.trim();
  const list = /^(.*)\[\d*\]$/s.exec(type);
  if (list !== null) return { kind: "list", of: parseType(list[1] ?? "") };
  const [, kind = "", inner = ""] = /^(STRUCT|MAP)\s*\((.*)\)$/is.exec(type) ?? [];
  const parts = splitParts(inner);
  if (/^MAP$/i.test(kind)) {
    const [key = "", value = ""] = parts;
    return { kind: "map", key: parseType(key), value: parseType(value) };
  }
  if (!/^STRUCT$/i.test(kind)) return { kind: "plain", name: type };
  return { kind: "struct", fields: parts.map(parseField) };
}

function parseField(part: string): { name: string; type: ColumnType } {
  const [, quoted, bare = "", type = ""] = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(part) ?? [];
  return { name: quoted?.replaceAll('""', '"') ?? bare, type: parseType(type) };
}

/** What stands between the commas that are not within quotes or brackets. */
function splitParts(text: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (const { 0: token, index } of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[(),]/g)) {
    if (token === "(") depth++;
    if (token === ")") depth--;
    if (token !== "," || depth > 0) continue;
    parts.push(text.slice(start, index));
    start = index + 1;
  }
  return [...parts, text.slice(start)];
}
