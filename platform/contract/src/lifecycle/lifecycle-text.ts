import { type Blocker, type Lifecycle, type LifecycleElement, quietDays } from "./lifecycle.ts";
import { showDate } from "./written-date.ts";

/** One element in a few lines, for people. */
export function lifecycleText({ element, state, since, next, blockers }: Lifecycle): string {
  const from = since === undefined ? "" : ` since ${showDate(since)}`;
  const instead = element.deprecation?.replacement;
  const lines = [
    `${elementName(element)}: ${state}${from}${instead === undefined ? "" : `; use ${instead}`}`,
    ...(next === undefined ? [] : [`next: ${next.state}${next.at === undefined ? "" : `, ${showDate(next.at)}`}`]),
    ...blockers.map((blocker) => `blocked: ${blockerText(blocker)}`),
    ...(state !== "retired" && blockers.length === 0 ? ["nothing keeps it from being retired"] : []),
  ];
  return lines.join("\n    ");
}

/** The same for programs, with dates as contracts write them. */
export function plainLifecycle({ element, state, since, next, blockers }: Lifecycle) {
  const { product, version, column, deprecation } = element;
  return {
    product,
    version,
    column: column ?? null,
    state,
    since: dateOrNull(since),
    endOfSupport: dateOrNull(deprecation?.until),
    replacement: deprecation?.replacement ?? null,
    reason: deprecation?.reason ?? null,
    next: next === undefined ? null : { state: next.state, at: dateOrNull(next.at) },
    blockers: blockers.map((blocker) => ({ kind: blocker.kind, message: blockerText(blocker) })),
  };
}

function dateOrNull(instant: number | undefined): string | null {
  return instant === undefined ? null : showDate(instant);
}

function elementName({ product, version, column }: LifecycleElement): string {
  return column === undefined ? `${product} ${version}` : `${product} ${version}, column ${column}`;
}

function blockerText(blocker: Blocker): string {
  switch (blocker.kind) {
    case "not-deprecated":
      return "it has not been announced";
    case "no-end-announced":
      return "no end has been announced";
    case "date":
      return `it is promised until ${showDate(blocker.until)}`;
    case "not-counted":
      return `reads are counted since ${dayOf(blocker.countedSince)} only, and ${quietDays} days without any are needed`;
    case "in-use": {
      const readers = [...new Set(blocker.uses.map((use) => use.consumer))].sort();
      return `read in the last ${quietDays} days by ${readers.join(", ")}, last on ${dayOf(blocker.lastReadAt)}`;
    }
    case "agreement":
      return `active agreements: ${blocker.agreements.map(({ id, consumer }) => `${id} (${consumer})`).join(", ")}`;
    default:
      return blocker satisfies never;
  }
}

function dayOf(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}
