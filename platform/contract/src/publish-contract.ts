import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { textDigest } from "./changeset/content-digest.ts";
import { writeWhole } from "./changeset/file-plan.ts";
import { readRegister, registerVersion } from "./changeset/register.ts";
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
 * Copies a product's contract, byte for byte, to where others rely on it, and registers what it holds. What is published
 * never changes.
 * @param now epoch ms; the day is registered with the version
 * @param productContractFile relative to the root: `domains/<domain>/products/<product>/contract.odcs.yaml`
 * @throws MeshError `contract/published-is-final`, `contract/no-such-product`, `contract/invalid`, `contract/misplaced`, `contract/unreadable`, `contract/register-invalid`
 */
export function publishContract(root: string, productContractFile: string, now?: number): PublishedContract {
  const place = contractFile(productContractFile);
  if (place?.kind !== "product") throw contractError["no-such-product"]({ file: productContractFile });
  const { id, version } = describeContractFile(root, place.file);
  const file = `contracts/published/${id}/${version}.odcs.yaml`;
  const text = readContractText(root, place.file);
  const register = readRegister(root, id);
  const registered = register.versions.find((one) => one.version === version);
  const isOther = registered !== undefined && registered.sha256 !== textDigest(text);
  if (isOther) throw contractError["published-is-final"]({ id, version, file }, { at: { file: place.file } });
  const written = writeOnce(join(root, file), text);
  if (!written && readContractText(root, file) !== text)
    throw contractError["published-is-final"]({ id, version, file }, { at: { file: place.file } });
  if (registered === undefined) {
    const published = now === undefined ? {} : { published: new Date(now).toISOString().slice(0, 10) };
    writeWhole(root, register.file, registerVersion(register, { version, sha256: textDigest(text), ...published }));
  }
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
