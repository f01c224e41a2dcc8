import { type BigIntStats, statSync } from "node:fs";

/** What is found where a file may be; undefined: nothing. An error: that cannot be told, for a loop of links or a shut folder. */
export type FoundFile = BigIntStats | Error | undefined;

export function lookAtFile(file: string): FoundFile {
  try {
    return statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (failure) {
    return failure as Error;
  }
}

/** Another text whenever the file may be another one. */
export function stampOf(found: FoundFile): string {
  if (found === undefined) return "none";
  if (found instanceof Error) return `failed ${found.message}`;
  return `${found.ino} ${found.mtimeNs} ${found.ctimeNs} ${found.size}`;
}
