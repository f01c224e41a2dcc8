import { findContracts, type PublishedContractFile } from "./contract-files.ts";
import type { ProductModel } from "./product-model.ts";
import { describeContractFile } from "./read-contract-file.ts";
import { compareSemver } from "./semver.ts";

/** Every published version of every product, by product, lowest version first. */
export async function findPublished(root: string): Promise<PublishedContractFile[]> {
  const files = await findContracts(root);
  const published = files.filter((file) => file.kind === "published");
  return published.sort((a, b) => compareText(productId(a), productId(b)) || compareSemver(a.version, b.version));
}

/** The newest published version of every product; what others may rely on. */
export async function latestPublished(root: string): Promise<PublishedContractFile[]> {
  const latest = new Map((await findPublished(root)).map((file) => [productId(file), file]));
  return [...latest.values()];
}

/**
 * The newest published contract of every product, described.
 * @throws MeshError `contract/invalid`, `contract/unreadable`, `contract/not-published`
 */
export async function describePublished(root: string): Promise<ProductModel[]> {
  return (await latestPublished(root)).map(({ file }) => describeContractFile(root, file));
}

function productId({ domain, product }: PublishedContractFile): string {
  return `${domain}/${product}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
