import type { DataContract } from "../generated/odcs.ts";
import { concludeDiff } from "./conclude-diff.ts";
import type { ContractDiff, Difference } from "./contract-diff.ts";
import type { DiffOptions } from "./diff-rule.ts";
import { findChanges } from "./find-changes.ts";

/** What one published version shows: all differences from it, and those that were not published already. */
interface View {
  readonly version: string;
  readonly known: ReadonlySet<string>;
  readonly news: readonly Difference[];
}

/**
 * What a contract changes for those who rely on any of several published versions. A difference that the newest of them
 * has from an older one as well is published and no news; what is the same against several is told once.
 * @param versions published, lowest first; at least one
 */
export function diffVersions(
  versions: readonly DataContract[],
  after: DataContract,
  options: DiffOptions = {},
): ContractDiff {
  const newest = versions.at(-1);
  if (newest === undefined) throw new Error("there is no version to compare with");
  const views = versions.map((before) => viewFrom(before, { newest, after, options }));
  return concludeDiff(unite(views), {
    profile: options.profile ?? "reader",
    version: { before: newest.version, after: after.version },
    against: versions.map(({ version }) => version),
  });
}

interface Comparison {
  readonly newest: DataContract;
  readonly after: DataContract;
  readonly options: DiffOptions;
}

function viewFrom(before: DataContract, { newest, after, options }: Comparison): View {
  const found = findChanges({ before, after, options });
  const published = before === newest ? [] : findChanges({ before, after: newest, options });
  const old = new Set(published.map(sameness));
  return {
    version: before.version,
    known: new Set(found.map(sameness)),
    news: found.filter((difference) => !old.has(sameness(difference))),
  };
}

/** In the words of the newest version that shows them. */
function unite(views: readonly View[]): Difference[] {
  const told = new Set<string>();
  return views.toReversed().flatMap(({ news }) => {
    const untold = news.filter((difference) => !told.has(sameness(difference)));
    for (const difference of untold) told.add(sameness(difference));
    return untold.map((difference) => ({ ...difference, against: whoShows(difference, views) }));
  });
}

function whoShows(difference: Difference, views: readonly View[]): string[] {
  return views.filter(({ known }) => known.has(sameness(difference))).map(({ version }) => version);
}

/** The messages of the same difference tell of other values, so they do not count. */
function sameness({ rule, class: changeClass, dangerous, path }: Difference): string {
  return JSON.stringify([rule, changeClass, dangerous, path]);
}
