import { isDeepStrictEqual } from "node:util";
import { councilDiffOptions } from "@thoth/contract/council/read-council";
import { withDifferences } from "@thoth/contract/diff/conclude-diff";
import type { ChangeClass, ContractDiff, Difference } from "@thoth/contract/diff/contract-diff";
import { diffContracts } from "@thoth/contract/diff/diff-contracts";
import type { DiffOptions } from "@thoth/contract/diff/diff-rule";
import { diffVersions } from "@thoth/contract/diff/diff-versions";
import { type ProductVersions, type ReadContract, readVersions } from "@thoth/contract/diff/product-diff";
import type { DataContract } from "@thoth/contract/generated/odcs";
import { findMeshError } from "@thoth/kernel/error-chain";
import { diffSdl, type SdlChange, type SdlDiff, type ServedContract } from "@thoth/subgraph/sdl-diff";
import { serveContract } from "@thoth/subgraph/sdl-diff-files";
import { accessLoss } from "./lost-access.ts";
import type { Retirable } from "./retirement.ts";

/** What the schemas generated from two contracts say about their difference. */
export type GraphqlVerdict =
  | {
      readonly compared: true;
      readonly class: ChangeClass;
      readonly dangerous: boolean;
      readonly changes: readonly SdlChange[];
    }
  | { readonly compared: false; readonly reason: string };

export interface Comparison {
  readonly title: string;
  readonly diff: ContractDiff;
  readonly graphql: GraphqlVerdict;
  /** Lowest version first; at least one. */
  readonly before: readonly DataContract[];
  readonly after: DataContract;
}

interface ProductOptions extends Omit<DiffOptions, "retirable"> {
  readonly retirable: Retirable;
}

/**
 * A product's contract in work against all of its published versions that are still supported.
 * @throws MeshError `contract/not-published`, `contract/unreadable`, `contract/invalid`
 */
export function compareProduct(root: string, product: string, { retirable, ...options }: ProductOptions): Comparison {
  const { tombstones, ...versions } = readVersions(root, product, options.now);
  return compareVersions(root, product, versions, { tombstones, ...options, retirable: retirable.has(product) });
}

/**
 * A contract against versions of its product, as a release compares them.
 * @param options with the tombstones of the product
 */
export function compareVersions(
  root: string,
  product: string,
  { supported, working }: Pick<ProductVersions, "supported" | "working">,
  options: DiffOptions,
): Comparison {
  const compare = (known: DiffOptions) => diffVersions(supported.map(contractOf), working.contract, known);
  return conclude({ root, title: product, versions: supported, working, compare }, options);
}

/** Two contracts, whatever they are of. */
export function comparePair(
  root: string,
  title: string,
  [before, after]: readonly [ReadContract, ReadContract],
  options: DiffOptions,
): Comparison {
  const compare = (known: DiffOptions) => diffContracts(before.contract, after.contract, known);
  return conclude({ root, title, versions: [before], working: after, compare }, options);
}

interface Sides {
  readonly root: string;
  readonly title: string;
  readonly versions: readonly ReadContract[];
  readonly working: ReadContract;
  readonly compare: (options: DiffOptions) => ContractDiff;
}

function conclude({ root, title, versions, working, compare }: Sides, options: DiffOptions): Comparison {
  const served = serveAll(root, versions, working);
  const diff = compare({
    ...councilDiffOptions(root),
    ...options,
    ...(Array.isArray(served) && knownLoss(served, working.contract)),
  });
  const sdl = compareSchemas(served, diff.profile);
  const graphql = typeof sdl === "string" ? { compared: false as const, reason: sdl } : verdictOf(sdl);
  const disagreements = typeof sdl === "string" ? [] : sdl.flatMap((one) => one.disagreements);
  const before = versions.map(contractOf);
  return { title, diff: withDifferences(diff, distinct(disagreements)), graphql, before, after: working.contract };
}

/** The contract in work comes last. A text says why they cannot be served. */
function serveAll(root: string, versions: readonly ReadContract[], working: ReadContract): ServedContract[] | string {
  const version = versions.at(-1)?.contract.version ?? working.contract.version;
  try {
    return [...versions, working].map((contract) => serveContract(root, contract, version));
  } catch (failure) {
    return reasonOf(failure);
  }
}

function knownLoss(served: readonly ServedContract[], { roles = [] }: DataContract): Pick<DiffOptions, "losesAccess"> {
  const [newest, working] = served.slice(-2);
  if (newest === undefined || working === undefined) return {};
  const names = [...roles, ...(newest.contract.roles ?? [])].map(({ role }) => role);
  return { losesAccess: accessLoss(newest.model, working.model, names) };
}

function compareSchemas(
  served: readonly ServedContract[] | string,
  profile: ContractDiff["profile"],
): SdlDiff[] | string {
  if (profile === "writer") return "nobody writes through GraphQL";
  if (typeof served === "string") return served;
  const working = served.at(-1);
  try {
    return served.slice(0, -1).flatMap((version) => (working === undefined ? [] : [compareOne(version, working)]));
  } catch (failure) {
    return reasonOf(failure);
  }
}

const unchanged: SdlDiff = { class: "NONE", dangerous: false, changes: [], disagreements: [] };

function compareOne(before: ServedContract, after: ServedContract): SdlDiff {
  return isDeepStrictEqual(before.contract, after.contract) ? unchanged : diffSdl(before, after);
}

/** Of the newest version: what others differ by is published already. */
function verdictOf(sdl: readonly SdlDiff[]): GraphqlVerdict {
  const { class: changeClass, dangerous, changes } = sdl.at(-1) ?? unchanged;
  return { compared: true, class: changeClass, dangerous, changes };
}

function distinct(differences: readonly Difference[]): Difference[] {
  return [...new Map(differences.map((difference) => [difference.message, difference])).values()];
}

/** What a contract of this mesh must be is for `mesh contract lint` to say in full. */
function reasonOf(failure: unknown): string {
  const error = findMeshError(failure);
  if (error === undefined) throw failure;
  return error.message
    .split("\n")
    .slice(0, 2)
    .map((line) => line.trim())
    .join(" ");
}

function contractOf({ contract }: ReadContract): DataContract {
  return contract;
}
