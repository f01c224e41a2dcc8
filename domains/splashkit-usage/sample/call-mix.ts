import type { Random } from "@thoth/testing/random";
import type { CatalogueName } from "./catalogue.ts";
import { categoryFigures } from "./catalogue-figures.ts";
import { type Lottery, lottery } from "./lottery.ts";

/** Names the next function a program calls. */
export type CallMix = (favours: ReadonlySet<string>) => string;

const handSize = 256;
/** How many cards of the hand a program may choose from: more makes programs differ more. */
const choice = 3;

/**
 * Deals calls so that the shares of the categories are exactly those counted in real programs, and still no two
 * programs are alike: one card per counted call lies in a deck; a program picks, from a few cards of a hand that is
 * refilled from the deck, one in a category it favours. What one program passes over, another takes.
 */
export function dealCalls(names: readonly CatalogueName[], random: Random): CallMix {
  const cards = categoryFigures.flatMap(({ category, calls }) => new Array<string>(calls).fill(category));
  const functions = functionsByCategory(names);
  let deck: string[] = [];
  const draw = () => {
    if (deck.length === 0) deck = random.shuffle(cards);
    return deck.pop() ?? "";
  };
  const hand = Array.from({ length: handSize }, draw);
  return (favours) => {
    const at = chooseCard(hand, favours, random);
    const category = hand[at] ?? "";
    hand[at] = draw();
    return functions.get(category)?.(random) ?? "";
  };
}

function chooseCard(hand: readonly string[], favours: ReadonlySet<string>, random: Random): number {
  let at = 0;
  for (let tried = 0; tried < choice; tried++) {
    at = random.int(0, hand.length - 1);
    if (favours.has(hand[at] ?? "")) return at;
  }
  return at;
}

/** Within a category the call counts fall with the rank of the name, and its first overload is the common one. */
function functionsByCategory(names: readonly CatalogueName[]): ReadonlyMap<string, Lottery<string>> {
  const byCategory = Map.groupBy(
    names.filter((name) => name.used),
    (name) => name.category,
  );
  const lotteries = [...byCategory].map(([category, used]) => {
    const weights = used.flatMap((name, rank) =>
      name.overloads.map(
        (overload, position) => [overload.uniqueGlobalName, 1 / (rank + 1) / (position + 1) ** 2] as const,
      ),
    );
    return [category, lottery(weights)] as const;
  });
  return new Map(lotteries);
}
