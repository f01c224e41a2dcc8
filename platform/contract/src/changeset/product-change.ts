import type { ProductContractFile } from "../contract-files.ts";
import { councilDiffOptions } from "../council/read-council.ts";
import type { ContractDiff } from "../diff/contract-diff.ts";
import type { Tombstone } from "../diff/diff-rule.ts";
import { diffVersions } from "../diff/diff-versions.ts";
import { majorsServed, type ReadContract } from "../diff/product-diff.ts";
import { supportedVersions } from "../diff/supported-versions.ts";
import { type Bump, declaredBump, nextVersion, requiredBump } from "../diff/version-bump.ts";
import type { DataContract } from "../generated/odcs.ts";
import { readContract } from "../parse-contract.ts";
import { publishedVersions, readContractText } from "../read-contract-file.ts";
import { compareSemver } from "../semver.ts";
import { takenElements } from "./taken-elements.ts";
import { withoutVersion } from "./version-text.ts";

/** What a product's contract in work will change for those who rely on what is published of it. */
export interface ProductChange {
  /** `ontrack-learning/units` */
  readonly product: string;
  readonly domain: string;
  /** The contract in work, relative to the root. */
  readonly file: string;
  /** Absent for a product that was never published. */
  readonly before: PublishedText | undefined;
  readonly after: { readonly text: string; readonly contract: DataContract };
  /** The version it will be released as: the lowest that tells the truth, or a higher one that the contract declares. */
  readonly to: string;
  /** The step from the published version; a first version is a minor one. */
  readonly bump: Bump;
  /** Judged as if the contract already declared that version. Absent for a first version. */
  readonly diff: ContractDiff | undefined;
}

export interface PublishedText {
  readonly version: string;
  readonly text: string;
  readonly contract: DataContract;
}

/** When a release is judged, and what else than the contracts counts. */
export interface ReleaseOptions {
  /** Epoch ms. */
  readonly now: number;
  /** Compares contracts; by their rules alone when absent. */
  readonly differ?: Differ;
}

export type Differ = (versions: ComparedVersions) => ContractDiff;

export interface ComparedVersions {
  readonly root: string;
  readonly product: string;
  /** Published, lowest first; at least one. */
  readonly supported: readonly ReadContract[];
  /** As if it already declared the version it is judged as. */
  readonly working: ReadContract;
  readonly tombstones: readonly Tombstone[];
  /** Epoch ms. */
  readonly now: number;
}

export interface ChangeOptions extends ReleaseOptions {
  /** The published version to compare with; null for none, the newest when absent. */
  readonly from?: string | null;
}

/** @throws MeshError `contract/unreadable`, `contract/invalid` */
export function productChange(root: string, place: ProductContractFile, options: ChangeOptions): ProductChange {
  const product = `${place.domain}/${place.product}`;
  const after = readText(root, place.file);
  const before = publishedText(root, product, options.from);
  const named = { product, domain: place.domain, file: place.file, before, after };
  if (before === undefined) return { ...named, to: after.contract.version, bump: "minor", diff: undefined };
  const judge = judgeAs(root, place, { before, after, options });
  const to = targetVersion(before, after, judge(after.contract.version));
  return { ...named, to, bump: declaredBump(before.version, to) ?? "none", diff: judge(to) };
}

interface Sides {
  readonly before: PublishedText;
  readonly after: ReadText;
  readonly options: ChangeOptions;
}

function judgeAs(root: string, place: ProductContractFile, { before, after, options }: Sides) {
  const { now, differ = byRules } = options;
  const product = `${place.domain}/${place.product}`;
  const supported = supportedUntil(root, place, { version: before.version, now });
  const tombstones = takenElements(root, product, before.version);
  // what is the same to the byte needs no closer look
  const compare = before.text === after.text ? byRules : differ;
  return (version: string) => {
    const working = { ...after.read, contract: { ...after.contract, version } };
    return compare({ root, product, supported, working, tombstones, now });
  };
}

function byRules({ root, supported, working, tombstones, now }: ComparedVersions): ContractDiff {
  return diffVersions(
    supported.map(({ contract }) => contract),
    working.contract,
    { tombstones, ...councilDiffOptions(root), now },
  );
}

/** Whether there is anything to release. A contract that differs in its layout only is another text under the same version. */
export function isChanged({ before, after }: ProductChange): boolean {
  return before === undefined || before.text !== after.text;
}

function targetVersion(before: PublishedText, after: ProductChange["after"], diff: ContractDiff): string {
  const required = requiredBump(changeClass(diff), before.version);
  const sameWords = withoutVersion(before.text) === withoutVersion(after.text);
  const step = required === "none" && !sameWords ? "patch" : required;
  const lowest = nextVersion(before.version, step);
  const declared = after.contract.version;
  return compareSemver(declared, lowest) > 0 ? declared : lowest;
}

/** Of the changes alone: a version that is too low is what the release will raise. */
function changeClass({ diffs }: ContractDiff) {
  const classes = ["NONE", "PATCH", "MINOR", "MAJOR"] as const;
  const ranks = diffs.filter(({ rule }) => rule !== "version-mismatch").map((one) => classes.indexOf(one.class));
  return classes[Math.max(0, ...ranks)] ?? "NONE";
}

/** As of a published version, so that a release that was cut short is judged again as it was before. */
function supportedUntil(
  root: string,
  { domain, product }: ProductContractFile,
  { version, now }: { readonly version: string; readonly now: number },
): ReadContract[] {
  const folder = `contracts/published/${domain}/${product}`;
  const versions = publishedVersions(root, folder).filter((one) => compareSemver(one, version) <= 0);
  const published = versions.map((one) => readText(root, `${folder}/${one}.odcs.yaml`).read);
  const servedMajors = majorsServed(root, `domains/${domain}/products/${product}/previous`);
  const counting = new Set(
    supportedVersions(
      published.map(({ contract }) => contract),
      { servedMajors, now },
    ),
  );
  return published.filter(({ contract }) => counting.has(contract));
}

function publishedText(root: string, product: string, from: string | null | undefined): PublishedText | undefined {
  const version = from === undefined ? publishedVersions(root, `contracts/published/${product}`).at(-1) : from;
  if (version === undefined || version === null) return undefined;
  const { text, contract } = readText(root, `contracts/published/${product}/${version}.odcs.yaml`);
  return { version, text, contract };
}

interface ReadText {
  readonly text: string;
  readonly contract: DataContract;
  readonly read: ReadContract;
}

function readText(root: string, file: string): ReadText {
  const text = readContractText(root, file);
  const read = readContract(text, file);
  return { text, contract: read.contract, read };
}
