import { quoteLiteral } from "@thoth/warehouse/sql-text";
import type { SourceFile } from "./file-set.ts";

/**
 * `_source` as SQL: the name under the sources folder. One file is a constant, which costs nothing; of several the
 * engine reports the absolute names, whose common folder is cut off row by row.
 */
export function sourceColumn(files: readonly SourceFile[]): string {
  const [first] = files;
  if (first === undefined) throw new Error("a relation needs at least one file");
  if (files.length === 1) return `${quoteLiteral(first.name)} AS _source`;
  const folder = first.path.slice(0, first.path.length - first.name.length);
  return `replace(substr(filename, ${folder.length + 1}), ${quoteLiteral("\\")}, '/') AS _source`;
}
