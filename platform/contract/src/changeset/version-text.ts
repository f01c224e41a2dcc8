import { isMap, isScalar, parseDocument, Scalar } from "yaml";

/**
 * The text of a contract with another version: its `version:` and no other byte changes.
 * @param text a contract that has been read without errors
 */
export function withVersion(text: string, version: string): string {
  const { contents } = parseDocument(text, { logLevel: "error" });
  const pair = isMap(contents) ? contents.items.find(({ key }) => isScalar(key) && key.value === "version") : undefined;
  const range = isScalar(pair?.value) ? pair.value.range : undefined;
  if (!isScalar(pair?.value) || !range) throw new Error("a contract that has been read has a version");
  return `${text.slice(0, range[0])}${quoted(version, pair.value)}${text.slice(range[1])}`;
}

/** What a contract says apart from its version, which is raised when it is released. */
export function withoutVersion(text: string): string {
  return withVersion(text, "0.0.0");
}

function quoted(version: string, { type }: Scalar): string {
  if (type === Scalar.QUOTE_DOUBLE) return `"${version}"`;
  return type === Scalar.QUOTE_SINGLE ? `'${version}'` : version;
}
