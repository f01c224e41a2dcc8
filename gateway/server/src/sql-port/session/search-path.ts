/** @source PostgreSQL, `SplitIdentifierString` */
const item = /^\s*(?:"((?:[^"]|"")*)"|([^\s",]+))\s*(,|$)/;

/**
 * The schemas of a list such as `a, "B c"`. What is not in quotes is meant in lower case.
 * @returns undefined when it is no such list
 */
export function parseSearchPath(text: string): string[] | undefined {
  const schemas: string[] = [];
  let rest = text;
  for (let more = text.trim() !== ""; more; ) {
    const [written, quoted, plain, comma] = item.exec(rest) ?? [];
    if (written === undefined) return undefined;
    schemas.push(quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? "");
    rest = rest.slice(written.length);
    more = comma === ",";
  }
  return schemas;
}

/** The way back, in quotes where they are needed. */
export function formatSearchPath(schemas: readonly string[]): string {
  return schemas
    .map((schema) => (/^[a-z_][a-z0-9_$]*$/.test(schema) ? schema : `"${schema.replaceAll('"', '""')}"`))
    .join(", ");
}
