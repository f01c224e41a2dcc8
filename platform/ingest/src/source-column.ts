import { quoteLiteral } from "@thoth/warehouse/sql-text";
import type { SourceFile } from "./file-set.ts";

/**
 * `_source` as SQL: the engine reports absolute file names, people know the name under the sources folder.
 * The suffix is all that differs, so the common folder is cut off.
 */
export function sourceColumn(files: readonly SourceFile[]): string {
  const [first] = files;
  if (first === undefined) throw new Error("a relation needs at least one file");
  const folder = first.path.slice(0, first.path.length - first.name.length);
  return `replace(substr(filename, ${folder.length + 1}), ${quoteLiteral("\\")}, '/') AS _source`;
}
