import type { ProductContractFile } from "../contract-files.ts";
import { diffContracts } from "../diff/diff-contracts.ts";
import { contractError } from "../errors.ts";
import { readContract } from "../parse-contract.ts";
import { publishedVersions, readContractText } from "../read-contract-file.ts";

/**
 * A first version may be published by its team alone, and so may what only mends words; what others will notice, the council
 * decides about.
 * @throws MeshError `contract/needs-changeset`, `contract/invalid`
 */
export function requireReview(root: string, { domain, product, file }: ProductContractFile): void {
  const id = `${domain}/${product}`;
  const read = (path: string) => readContract(readContractText(root, path), path);
  const versions = publishedVersions(root, `contracts/published/${id}`);
  const newest = versions.at(-1);
  const { contract, locate } = read(file);
  if (newest === undefined || versions.includes(contract.version)) return;
  const { class: changeClass } = diffContracts(
    read(`contracts/published/${id}/${newest}.odcs.yaml`).contract,
    contract,
  );
  if (changeClass === "NONE" || changeClass === "PATCH") return;
  const at = { file, ...locate(["version"]) };
  throw contractError["needs-changeset"]({ id, version: contract.version, changeClass }, { at });
}
