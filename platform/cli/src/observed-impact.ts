import type { ProductDiff } from "@thoth/contract/diff/product-diff";
import { defaultDays, type Impact, judgeImpact, type KnownReaders } from "@thoth/contract/impact/impact";
import { describePublished } from "@thoth/contract/published-contracts";
import type { Effects } from "./effects.ts";
import { loadDomains } from "./load-domains.ts";
import { readUsage } from "./observed-usage.ts";
import { findDependents } from "./product-dependents.ts";
import type { Settings } from "./settings.ts";

const dayMs = 86_400_000;

export interface ImpactOptions {
  readonly settings: Settings;
  readonly effects: Effects;
  /** Length of the period that is looked at; 90 when left out. */
  readonly days?: number;
}

/**
 * Whom the changes of some products reach, by what this mesh has seen until now.
 * @throws MeshError `control/home-in-use` while a process that cannot be asked owns the home
 */
export async function observedImpact(changed: readonly ProductDiff[], options: ImpactOptions): Promise<Impact[]> {
  if (changed.length === 0) return [];
  const readersOf = await findReaders(options);
  return changed.map(({ product, diff }) => judgeImpact(product, diff, readersOf(product)));
}

/** Everybody of whom this mesh knows that they rely on a product. */
export async function findReaders({
  settings,
  effects,
  days = defaultDays,
}: ImpactOptions): Promise<(product: string) => KnownReaders> {
  const now = effects.now();
  const { uses, countedSince } = await readUsage({ since: now - days * dayMs }, settings, effects);
  const domains = await loadDomains(settings);
  const dependentsOf = await findDependents(domains, await describePublished(settings.root));
  return (product) => ({ uses, countedSince, dependents: dependentsOf(product), agreements: [], now, days });
}
