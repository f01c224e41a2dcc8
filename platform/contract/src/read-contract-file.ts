import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { contractFile } from "./contract-files.ts";
import { describeProduct } from "./describe-product.ts";
import { contractError } from "./errors.ts";
import type { ReadTarget } from "./follow-link.ts";
import { type ParsedContract, parseContract } from "./parse-contract.ts";
import type { ProductModel } from "./product-model.ts";
import { compareSemver } from "./semver.ts";

/**
 * A product's contract with its relationships followed through the repository.
 * @param file relative to the root, with `/`
 * @throws MeshError `contract/invalid`, `contract/misplaced`, `contract/unreadable`
 */
export function describeContractFile(root: string, file: string): ProductModel {
  const model = describeProduct(parseContractFile(root, file), { file, readTarget: targetReader(root, file) });
  requirePlace(model, file);
  return model;
}

/** Folders are found by name, so a contract lies where its domain, name and version say. */
function requirePlace({ id, version }: ProductModel, file: string): void {
  const place = contractFile(file);
  if (place === undefined) return;
  const says = place.kind === "published" ? `${id} ${version}` : id;
  const lies = [`${place.domain}/${place.product}`, ...(place.kind === "published" ? [place.version] : [])].join(" ");
  if (says !== lies) throw contractError.misplaced({ says, lies }, { at: { file } });
}

/** @throws MeshError `contract/unreadable` */
export function parseContractFile(root: string, file: string): ParsedContract {
  return parseContract(readContractText(root, file), file);
}

/** @throws MeshError `contract/unreadable` */
export function readContractText(root: string, file: string): string {
  try {
    return readFileSync(join(root, file), "utf8");
  } catch (cause) {
    throw contractError.unreadable({ file }, { cause, at: { file } });
  }
}

/**
 * Follows the references of one contract: files of the repository only, never the network.
 * @param read reads a file relative to the root; whoever reads many contracts keeps what was read
 */
export function targetReader(
  root: string,
  file: string,
  read: (file: string) => ParsedContract = (path) => parseContractFile(root, path),
): ReadTarget {
  return (relativePath) => {
    const target = posix.normalize(posix.join(dirname(file), relativePath));
    if (relativePath.includes("://") || target.startsWith("../"))
      throw contractError["outside-repository"]({ reference: relativePath }, { at: { file } });
    return read(publishedSibling(root, target) ?? target);
  };
}

/**
 * A published contract is the product's own, byte for byte, so it still says `../units/contract.odcs.yaml` for a
 * product of the same domain. Among published contracts that is the sibling's latest version.
 */
function publishedSibling(root: string, target: string): string | undefined {
  const folder = posix.dirname(target);
  if (posix.basename(target) !== "contract.odcs.yaml" || !folder.startsWith("contracts/published/")) return undefined;
  const versions = publishedVersions(root, folder);
  const latest = versions.at(-1);
  if (latest === undefined) throw contractError["not-published"]({ id: folder.split("/").slice(2).join("/") });
  return `${folder}/${latest}.odcs.yaml`;
}

/** Versions in one folder of published contracts, lowest first. */
export function publishedVersions(root: string, folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(join(root, folder));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
  const versions = names.flatMap((name) => {
    const found = contractFile(`${folder}/${name}`);
    return found?.kind === "published" ? [found.version] : [];
  });
  return versions.sort(compareSemver);
}
