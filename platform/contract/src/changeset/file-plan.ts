import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file as it will be, relative to the root. */
export interface PlannedFile {
  readonly file: string;
  readonly text: string;
}

/**
 * Writes files in the given order, each whole or not at all, and none that already is as planned. Whoever is interrupted
 * plans and writes again to the same end.
 * @returns the files that were written
 */
export function writeFiles(root: string, files: readonly PlannedFile[]): string[] {
  const changed = files.filter(({ file, text }) => !isWritten(root, file, text));
  for (const { file, text } of changed) writeWhole(root, file, text);
  return changed.map(({ file }) => file);
}

/** Written aside and renamed: readers see the old text or the new one. */
export function writeWhole(root: string, file: string, text: string): void {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  writeFileSync(aside, text);
  renameSync(aside, path);
}

function isWritten(root: string, file: string, text: string): boolean {
  const path = join(root, file);
  return existsSync(path) && readFileSync(path, "utf8") === text;
}
