import type { Random } from "@thoth/testing/random";

/** Draws one of a fixed set of weighted choices; made once, drawn often. */
export type Lottery<T> = (random: Random) => T;

export function lottery<T>(choices: readonly (readonly [T, number])[]): Lottery<T> {
  let total = 0;
  const bounds = choices.map(([, weight]) => {
    total += weight;
    return total;
  });
  return (random) => {
    const at = firstAbove(bounds, random.next() * total);
    const choice = choices[at];
    if (choice === undefined) throw new Error("a lottery needs at least one choice");
    return choice[0];
  };
}

/** Index of the first bound above the value; the last index when none is. */
function firstAbove(bounds: readonly number[], value: number): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
