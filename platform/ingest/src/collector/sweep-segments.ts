import { stat, unlink } from "node:fs/promises";
import { listSegments } from "./segment-folder.ts";

/**
 * Removes segments whose records have landed and that nothing was written to since an instant. The newest one stays, empty
 * or not: it shows which numbers have been used.
 * @param landed all records of segments with lower numbers have landed
 * @param before epoch ms
 * @returns how many were removed
 */
export async function removeLanded(
  folder: string,
  { landed, before }: { readonly landed: number; readonly before: number },
): Promise<number> {
  const segments = await listSegments(folder);
  let removed = 0;
  for (const { number, path } of segments.slice(0, -1)) {
    if (number >= landed || (await stat(path)).mtimeMs >= before) continue;
    await unlink(path);
    removed++;
  }
  return removed;
}
