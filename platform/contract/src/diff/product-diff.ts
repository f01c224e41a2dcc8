import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readRegister } from "../changeset/register.ts";
import { findContracts } from "../contract-files.ts";
import { councilDiffOptions } from "../council/read-council.ts";
import { contractError } from "../errors.ts";
import type { DataContract } from "../generated/odcs.ts";
import { type ParsedContract, readContract } from "../parse-contract.ts";
import { publishedVersions, readContractText } from "../read-contract-file.ts";
import type { ContractDiff } from "./contract-diff.ts";
import type { DiffOptions, Tombstone } from "./diff-rule.ts";
import { diffVersions } from "./diff-versions.ts";
import { supportedVersions } from "./supported-versions.ts";
import { tombstonesOf } from "./tombstones.ts";

export interface ProductDiff {
  /** `ontrack-learning/units` */
  readonly product: string;
  readonly diff: ContractDiff;
}

export type ReadContract = ParsedContract & { readonly contract: DataContract };

/** A product's contract in work, and what is published of it. */
export interface ProductVersions {
  /** Still supported, lowest first; at least one. */
  readonly supported: readonly ReadContract[];
  readonly working: ReadContract;
  /** What earlier versions had and the newest has no more. */
  readonly tombstones: readonly Tombstone[];
}

/**
 * @param product `ontrack-learning/units`
 * @throws MeshError `contract/not-published`, `contract/unreadable`, `contract/invalid`
 */
export function readVersions(root: string, product: string, now?: number): ProductVersions {
  const folder = `contracts/published/${product}`;
  const published = publishedVersions(root, folder).map((version) => readFile(root, `${folder}/${version}.odcs.yaml`));
  if (published.length === 0) throw contractError["not-published"]({ id: product });
  const [domain, name] = product.split("/");
  const home = `domains/${domain}/products/${name}`;
  const servedMajors = majorsServed(root, `${home}/previous`);
  const contracts = published.map(({ contract }) => contract);
  const supported = supportedVersions(contracts, { servedMajors, ...(now !== undefined && { now }) });
  return {
    supported: published.filter(({ contract }) => supported.includes(contract)),
    working: readFile(root, `${home}/contract.odcs.yaml`),
    tombstones: [...tombstonesOf(contracts), ...readRegister(root, product).tombstones],
  };
}

/**
 * What a product's contract in work changes against all of its versions that are still supported. What earlier versions
 * removed stays taken.
 * @param product `ontrack-learning/units`
 * @throws MeshError `contract/not-published`, `contract/unreadable`, `contract/invalid`, `contract/council-invalid`
 */
export function diffProduct(root: string, product: string, options: DiffOptions = {}): ProductDiff {
  const { supported, working, tombstones } = readVersions(root, product, options.now);
  const versions = supported.map(({ contract }) => contract);
  const known = { tombstones, ...councilDiffOptions(root), ...options };
  return { product, diff: diffVersions(versions, working.contract, known) };
}

/** An earlier major version is served as long as `previous/v1.sql` says how. */
export function majorsServed(root: string, folder: string): number[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder)).flatMap((name) => {
    const [, major] = /^v(\d+)\.sql$/.exec(name) ?? [];
    return major === undefined ? [] : [Number(major)];
  });
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

function readFile(root: string, file: string): ReadContract {
  return readContract(readContractText(root, file), file);
}
