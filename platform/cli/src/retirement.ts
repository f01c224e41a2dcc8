import { isOpen, readReviews } from "@thoth/contract/changeset/open-change";
import { findContracts, type ProductContractFile } from "@thoth/contract/contract-files";
import type { ObservedUse } from "@thoth/contract/impact/impact";
import { judgeLifecycle, quietDays } from "@thoth/contract/lifecycle/lifecycle";
import { describeContractFile, parseContractFile, publishedVersions } from "@thoth/contract/read-contract-file";
import type { Effects } from "./effects.ts";
import { readUsage } from "./observed-usage.ts";
import type { Settings } from "./settings.ts";

/** Products, such as `ontrack-learning/units`. */
export type Retirable = ReadonlySet<string>;

interface Retirement {
  readonly settings: Settings;
  readonly effects: Effects;
}

const dayMs = 86_400_000;

/**
 * The products that their contracts in work retire, and that nothing keeps: their day has come, and nobody has read them
 * lately. Looks at what was read only when some contract retires its product.
 * @throws MeshError `control/home-in-use` while a process that cannot be asked owns the home
 */
export async function observedRetirable({ settings, effects }: Retirement): Promise<Retirable> {
  const now = effects.now();
  const ready = (await retiring(settings.root)).filter((product) =>
    mayRetire(settings.root, product, { now, uses: [] }),
  );
  if (ready.length === 0) return new Set();
  const seen = await readUsage({ since: now - (quietDays + 1) * dayMs }, settings, effects);
  return new Set(ready.filter((product) => mayRetire(settings.root, product, { now, ...seen })));
}

/**
 * Whether an open review speaks of a product's retirement, and its day has come. Who reads was looked at where the review
 * was written: CI sees nobody reading.
 */
export function isRetirementRecorded(root: string, product: string, now: number): boolean {
  const reviews = readReviews(root).filter(isOpen);
  const recorded = reviews.some(({ review }) =>
    review.products.some((one) => one.product === product && one.differences.some(({ path }) => path === "/status")),
  );
  return recorded && mayRetire(root, product, { now, uses: [] });
}

async function retiring(root: string): Promise<string[]> {
  const own = (await findContracts(root)).filter((file): file is ProductContractFile => file.kind === "product");
  return own
    .filter(({ file }) => parseContractFile(root, file).contract?.status === "retired")
    .map(({ domain, product }) => `${domain}/${product}`);
}

interface Seen {
  /** Epoch ms. */
  readonly now: number;
  readonly uses: readonly ObservedUse[];
  readonly countedSince?: number;
}

/** As its newest published contract announces it. */
function mayRetire(root: string, product: string, seen: Seen): boolean {
  const folder = `contracts/published/${product}`;
  const version = publishedVersions(root, folder).at(-1);
  if (version === undefined) return false;
  const { deprecation } = describeContractFile(root, `${folder}/${version}.odcs.yaml`);
  const element = { product, version, column: undefined, deprecation, gone: false };
  return judgeLifecycle(element, { ...seen, agreements: [] }).blockers.length === 0;
}
