import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "@thoth/kernel/mesh-error";

/**
 * Where code of this repository failed to load: the first place under `root` that the error speaks of.
 * Node puts it before the stack of a syntax error, into the stack of an error while running, and into the message when
 * an import leads nowhere.
 */
export function placeOfCode(failure: unknown, root: string): Place | undefined {
  if (!(failure instanceof Error)) return undefined;
  const stack = failure.stack ?? "";
  const importer = / imported from (.+?\.[cm]?[jt]s)$/m.exec(failure.message)?.[1];
  if (importer !== undefined) return inRoot(importer, root);
  const head = /^(.+?\.[cm]?[jt]s):(\d+)\n/.exec(stack);
  if (head?.[1] !== undefined) {
    const caret = /\n( *)\^/.exec(stack)?.[1];
    const place = inRoot(head[1], root);
    return place && { ...place, line: Number(head[2]), ...(caret === undefined ? {} : { column: caret.length + 1 }) };
  }
  for (const [, file = "", line, column] of stack.matchAll(/(file:\/\/[^\s()]+?\.[cm]?[jt]s):(\d+):(\d+)/g)) {
    const place = inRoot(file, root);
    if (place !== undefined) return { ...place, line: Number(line), column: Number(column) };
  }
  return undefined;
}

function inRoot(file: string, root: string): Place | undefined {
  const absolute = file.startsWith("file://") ? fileURLToPath(file) : file;
  const relative = path.relative(root, absolute);
  if (relative.startsWith("..") || path.isAbsolute(relative) || relative.includes("node_modules")) return undefined;
  return { file: relative };
}
