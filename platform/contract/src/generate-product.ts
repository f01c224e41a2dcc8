import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describeContractFile } from "./read-contract-file.ts";
import { generateRowTypes } from "./row-types.ts";

/** What became of one generated file; `stale` only when it was checked and not written. */
export interface GeneratedFile {
  /** Relative to the root. */
  readonly file: string;
  readonly state: "current" | "written" | "stale";
}

/**
 * Brings `generated/row.ts` beside a product's contract up to date, or only tells whether it is.
 * @param contractFile relative to the root
 * @throws MeshError `contract/invalid`, `contract/misplaced`, `contract/unreadable`
 */
export async function generateProduct(
  root: string,
  contractFile: string,
  { check = false } = {},
): Promise<GeneratedFile> {
  const source = await generateRowTypes(describeContractFile(root, contractFile));
  const file = posix.join(posix.dirname(contractFile), "generated/row.ts");
  return { file, state: settle(join(root, file), source, check) };
}

/** Writes a generated file unless it already says the same. */
export function settle(path: string, text: string, check: boolean): GeneratedFile["state"] {
  if (readExisting(path) === text) return "current";
  if (check) return "stale";
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return "written";
}

function readExisting(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
