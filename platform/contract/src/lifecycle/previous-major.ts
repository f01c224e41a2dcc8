import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { majorOf } from "@thoth/kernel/major-names";
import { describeProduct } from "../describe-product.ts";
import { contractError } from "../errors.ts";
import type { ReadTarget } from "../follow-link.ts";
import type { ProductModel } from "../product-model.ts";
import { parseContractFile, publishedVersions, targetReader } from "../read-contract-file.ts";
import type { Deprecation } from "./deprecation.ts";
import { announcedEnd, withoutReason } from "./describe-deprecation.ts";
import { readDate } from "./written-date.ts";

/** The newest published contract of one major version of a product; undefined when there is none. */
export function newestOfMajor(root: string, product: string, major: number): string | undefined {
  const folder = `contracts/published/${product}`;
  const version = publishedVersions(root, folder)
    .filter((each) => majorOf(each) === major)
    .at(-1);
  return version === undefined ? undefined : `${folder}/${version}.odcs.yaml`;
}

/**
 * A major version that a newer one has superseded, as its readers were promised it. Its end is what the newer contract
 * announces in `previousMajors`, else what it said itself.
 * @param current the product as it is now
 * @throws MeshError `contract/not-published`, `contract/invalid`, `contract/misplaced`
 */
export function describePreviousMajor(root: string, current: ProductModel, major: number): ProductModel {
  const file = newestOfMajor(root, current.id, major);
  if (file === undefined) throw contractError["not-published"]({ id: `${current.id} ${major}.x` });
  const model = describeProduct(parseContractFile(root, file), { file, readTarget: siblingReader(root, file) });
  const lies = `${current.id} ${posix.basename(file, ".odcs.yaml")}`;
  const says = `${model.id} ${model.version}`;
  if (says !== lies) throw contractError.misplaced({ says, lies }, { at: { file } });
  return supersede(model, current, endIn(root, current, major));
}

/**
 * An earlier major version beside the current one: what the new contract leaves open of its end, the old one may have
 * said; being superseded is reason enough.
 * @param announced what the current contract says of it
 */
export function supersede(
  old: ProductModel,
  current: ProductModel,
  announced: Deprecation | undefined,
): ProductModel & { readonly deprecation: Deprecation } {
  const reason = `Superseded by major version ${current.major}.`;
  const own = old.deprecation ?? endPromised(old);
  const chosen = announced ?? own ?? { reason, brownOuts: [] };
  const isReason = chosen.reason !== withoutReason;
  const told = { replacement: current.fieldName, ...own, ...chosen, reason: isReason ? chosen.reason : reason };
  return { ...old, deprecation: told };
}

function endPromised({ promises }: ProductModel): Deprecation | undefined {
  const end = promises.find(({ property, element }) => property === "endOfSupport" && element === undefined);
  const until = readDate(end?.value);
  return until === undefined ? undefined : { until, reason: withoutReason, brownOuts: [] };
}

function endIn(root: string, { file }: ProductModel, major: number): Deprecation | undefined {
  const { contract } = parseContractFile(root, file);
  return contract && announcedEnd(contract, major);
}

/**
 * A published contract speaks of products of its own domain without a version. For one that has been superseded, the
 * oldest major version of them that is still served is meant: what it referred to must not change under its readers.
 */
function siblingReader(root: string, file: string): ReadTarget {
  const read = targetReader(root, file);
  const domain = file.split("/")[2] ?? "";
  return (path) => {
    const sibling = /^\.\.\/([a-z0-9-]+)\/contract\.odcs\.yaml$/.exec(path)?.[1];
    const major = sibling === undefined ? undefined : previousMajors(root, `${domain}/${sibling}`)[0];
    const pinned = major === undefined ? undefined : newestOfMajor(root, `${domain}/${sibling}`, major);
    return pinned === undefined ? read(path) : parseContractFile(root, pinned);
  };
}

/**
 * The earlier major versions of a product that were published once and are served no more, newest first.
 * @throws MeshError `contract/invalid`, `contract/misplaced`
 */
export function describeRetiredMajors(root: string, current: ProductModel): ProductModel[] {
  const served = [current.major, ...previousMajors(root, current.id)];
  const published = publishedVersions(root, `contracts/published/${current.id}`).map(majorOf);
  const gone = [...new Set(published)].filter((major) => major < current.major && !served.includes(major));
  return gone.sort((a, b) => b - a).map((major) => describePreviousMajor(root, current, major));
}

/** The earlier major versions that a product serves beside the current one, lowest first. @param product `ontrack-learning/units` */
export function previousMajors(root: string, product: string): number[] {
  const [domain = "", name = ""] = product.split("/");
  const folder = join(root, "domains", domain, "products", name, "previous");
  if (!existsSync(folder)) return [];
  const majors = readdirSync(folder).flatMap((file) => Number(/^v([1-9]\d*)\.sql$/.exec(file)?.[1] ?? Number.NaN));
  return majors.filter((major) => !Number.isNaN(major)).sort((a, b) => a - b);
}
