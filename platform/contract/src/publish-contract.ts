import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contractFile } from "./contract-files.ts";
import { contractError } from "./errors.ts";
import { describeContractFile, readContractText } from "./read-contract-file.ts";

export interface PublishedContract {
  /** `ontrack-learning/units` */
  readonly id: string;
  readonly version: string;
  /** Relative to the root. */
  readonly file: string;
  /** False when this very contract was published before. */
  readonly written: boolean;
}

/**
 * Copies a product's contract, byte for byte, to where others rely on it. What is published never changes.
 * @param productContractFile relative to the root: `domains/<domain>/products/<product>/contract.odcs.yaml`
 * @throws MeshError `contract/published-is-final`, `contract/no-such-product`, `contract/invalid`, `contract/misplaced`, `contract/unreadable`
 */
export function publishContract(root: string, productContractFile: string): PublishedContract {
  const place = contractFile(productContractFile);
  if (place?.kind !== "product") throw contractError["no-such-product"]({ file: productContractFile });
  const { id, version } = describeContractFile(root, place.file);
  const file = `contracts/published/${id}/${version}.odcs.yaml`;
  const text = readContractText(root, place.file);
  const written = writeOnce(join(root, file), text);
  if (!written && readContractText(root, file) !== text)
    throw contractError["published-is-final"]({ id, version, file }, { at: { file: place.file } });
  return { id, version, file, written };
}

/** Appears complete or not at all, and never replaces what is there; false when something is. */
function writeOnce(path: string, text: string): boolean {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  writeFileSync(aside, text);
  try {
    linkSync(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(aside);
  }
}
