import type { ContractDiff, Difference } from "@thoth/contract/diff/contract-diff";
import type { ForeignChange } from "./datacontract-cli.ts";

/** What the other tool reports and ours says nothing about, or says less gravely. */
export interface Unexplained {
  readonly change: ForeignChange;
  readonly why: "unseen" | "milder";
}

/**
 * Every change that the other tool sees must be one of ours, at the same element or at one that holds it; and what it
 * calls an error for consumers must be more than harmless here. Ours may see more.
 */
export function explainChanges(changes: readonly ForeignChange[], diff: ContractDiff): Unexplained[] {
  const ours = diff.diffs.map((difference) => ({ difference, places: placesOf(difference) }));
  return changes.flatMap((change): Unexplained[] => {
    // the version number is what a comparison is made of; its step is judged, not listed
    if (change.path === "version") return diff.version.before === diff.version.after ? [unseen(change)] : [];
    const explaining = ours.filter(({ places }) => places.some((place) => covers(place, change.path)));
    if (explaining.length === 0) return [unseen(change)];
    const grave = explaining.some(({ difference }) => isGrave(difference) || difference.rule in deliberate);
    return change.level === "error" && !grave ? [{ change, why: "milder" }] : [];
  });
}

/** What we call harmless on purpose, and why. */
const deliberate: Readonly<Record<string, string>> = {
  "physical-name-changed": "where no port shows physical names, nobody reads them",
  "physical-narrowed": "values that fit into less fit into whatever a reader keeps them in",
};

function unseen(change: ForeignChange): Unexplained {
  return { change, why: "unseen" };
}

function isGrave(difference: Difference): boolean {
  return difference.class === "MAJOR" || difference.dangerous;
}

/** Where a difference of ours is, in the other tool's notation; a place ending in `*` stands for all that begin so. */
function placesOf({ rule, path, message }: Difference): string[] {
  const place = dotted(path);
  if (rule === "renamed") return renamedPlaces(place, message);
  // the key is ours as a whole, theirs column by column
  if (rule === "key-changed") return [`${parent(place)}.properties.*`];
  // what has no name they number, and of two names of one thing each tool may take another
  const list = /^(.*\.(?:quality|relationships))\./.exec(place);
  return list ? [place, `${list[1]}.*`] : [place];
}

/** A rename is one change of ours, and two of theirs: something gone, something new. */
function renamedPlaces(place: string, message: string): string[] {
  const [, name] = /is now called "([^"]+)"/.exec(message) ?? [];
  const element = parent(place);
  if (element === "") return [place];
  return [element, ...(name === undefined ? [] : [`${parent(element)}.${name}`])];
}

function parent(place: string): string {
  return place.slice(0, Math.max(0, place.lastIndexOf(".")));
}

/** `/schema[name=course]/properties[name=fee]/required` → `schema.course.properties.fee.required` */
function dotted(path: string): string {
  return path
    .slice(1)
    .replaceAll(/\[[a-z]+=([^\]]*)\]/gi, ".$1")
    .replaceAll("/", ".");
}

function covers(place: string, path: string): boolean {
  if (place.endsWith("*")) return path.startsWith(place.slice(0, -1)) || `${path}.` === place.slice(0, -1);
  return path === place || path.startsWith(`${place}.`) || place.startsWith(`${path}.`);
}
