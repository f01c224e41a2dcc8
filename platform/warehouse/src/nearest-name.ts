import { editDistance } from "@thoth/kernel/edit-distance";

/** A longer text is no misspelling of anything, and would take long to compare. */
const longestName = 100;

/** The name a misspelling most likely stands for; undefined when none is close (a third of its letters differ). */
export function nearestName(wrong: string, names: readonly string[]): string | undefined {
  if (wrong.length > longestName) return undefined;
  const ranked = names
    .filter(({ length }) => Math.abs(length - wrong.length) <= Math.max(length, wrong.length) / 3)
    .map((name) => ({ name, distance: editDistance(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(wrong.length, name.length) / 3)
    .sort((left, right) => left.distance - right.distance);
  return ranked[0]?.name;
}
