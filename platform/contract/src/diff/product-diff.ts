import { findContracts } from "../contract-files.ts";
import { contractError } from "../errors.ts";
import type { DataContract } from "../generated/odcs.ts";
import { readContract } from "../parse-contract.ts";
import { publishedVersions, readContractText } from "../read-contract-file.ts";
import type { ContractDiff } from "./contract-diff.ts";
import { diffContracts } from "./diff-contracts.ts";
import type { DiffOptions } from "./diff-rule.ts";
import { tombstonesOf } from "./tombstones.ts";

export interface ProductDiff {
  /** `ontrack-learning/units` */
  readonly product: string;
  readonly diff: ContractDiff;
}

/**
 * What a product's contract in work changes against its newest published version. What earlier versions removed stays taken.
 * @param product `ontrack-learning/units`
 * @throws MeshError `contract/not-published`, `contract/unreadable`, `contract/invalid`
 */
export function diffProduct(root: string, product: string, options: DiffOptions = {}): ProductDiff {
  const folder = `contracts/published/${product}`;
  const versions = publishedVersions(root, folder).map((version) => readFile(root, `${folder}/${version}.odcs.yaml`));
  const newest = versions.at(-1);
  if (newest === undefined) throw contractError["not-published"]({ id: product });
  const [domain, name] = product.split("/");
  const working = readFile(root, `domains/${domain}/products/${name}/contract.odcs.yaml`);
  return { product, diff: diffContracts(newest, working, { tombstones: tombstonesOf(versions), ...options }) };
}

export interface RepositoryDiff {
  /** Products that differ from what is published of them. */
  readonly products: readonly ProductDiff[];
  /** Products that were never published. */
  readonly unpublished: readonly string[];
}

/** @throws MeshError `contract/unreadable`, `contract/invalid` */
export async function diffRepository(root: string, options: DiffOptions = {}): Promise<RepositoryDiff> {
  const files = (await findContracts(root)).filter((file) => file.kind === "product");
  const all = files.map(({ domain, product }) => `${domain}/${product}`);
  const isPublished = (id: string) => publishedVersions(root, `contracts/published/${id}`).length > 0;
  const products = all.filter(isPublished).map((id) => diffProduct(root, id, options));
  return {
    products: products.filter(({ diff }) => diff.diffs.length > 0),
    unpublished: all.filter((id) => !isPublished(id)),
  };
}

function readFile(root: string, file: string): DataContract {
  return readContract(readContractText(root, file), file).contract;
}
