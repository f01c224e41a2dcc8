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

/** How many letters are added, left out, exchanged, or changed in place with their neighbours; one row at a time. */
function editDistance(left: string, right: string): number {
  let [before, previous]: number[][] = [[], Array.from({ length: right.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const cost = left[row - 1] === right[column - 1] ? 0 : 1;
      const isSwapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const [aside, above] = [current[column - 1] ?? 0, previous?.[column] ?? 0];
      const swapped = isSwapped ? (before?.[column - 2] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
      current.push(Math.min((previous?.[column - 1] ?? 0) + cost, above + 1, aside + 1, swapped + 1));
    }
    [before, previous] = [previous, current];
  }
  return previous?.[right.length] ?? 0;
}
