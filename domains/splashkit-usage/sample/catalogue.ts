import type { Random } from "@thoth/testing/random";
import { type CategoryFigures, categoryFigures } from "./catalogue-figures.ts";

/** One function of the library, as a row of the exported catalogue. */
export interface CatalogueFunction {
  readonly category: string;
  readonly name: string;
  readonly uniqueGlobalName: string;
  readonly className: string;
  readonly method: string;
  readonly returnType: string;
  readonly parameters: number;
}

/** One function name with its overloads, and what the sample world does with it. */
export interface CatalogueName {
  readonly category: string;
  readonly name: string;
  readonly overloads: readonly CatalogueFunction[];
  /** Whether programs call it; names come most called first within their category. */
  readonly used: boolean;
  readonly documented: boolean;
}

const suffixes = [
  "record",
  "with_options",
  "on_window",
  "on_bitmap",
  "named",
  "at_point",
  "on_window_with_options",
  "on_bitmap_with_options",
  "record_with_options",
  "named_with_options",
];
const mostOverloads = suffixes.length;
/** A few names have no overload that is called just like the name: every so many of the overloaded ones. */
const bareNameMissingEvery = 8;

/** Names and overloads in the sizes of the real library; the names themselves are made up but for the well-known ones. */
export function makeCatalogue(random: Random): CatalogueName[] {
  return categoryFigures.flatMap((figures) => makeCategory(figures, random.fork(figures.category)));
}

function makeCategory(figures: CategoryFigures, random: Random): CatalogueName[] {
  const names = chooseNames(figures, random);
  const overloads = spreadOverloads(names.length, figures.functions, random);
  const documented = chooseDocumented(figures, names);
  return names.map((name, rank) => ({
    category: figures.category,
    name,
    overloads: makeOverloads(figures, name, overloads[rank] ?? 1, rank, random),
    used: rank < figures.used,
    documented: documented.has(name),
  }));
}

function chooseNames(figures: CategoryFigures, random: Random): string[] {
  const made = figures.verbs.flatMap((verb) => figures.nouns.map((noun) => `${verb}_${noun}`));
  const rest = random.shuffle(made.filter((name) => !figures.wellKnown.includes(name)));
  return [...figures.wellKnown, ...rest].slice(0, figures.names);
}

/** Often used names, which come first, have more overloads. */
function spreadOverloads(names: number, functions: number, random: Random): number[] {
  const counts = new Array<number>(names).fill(1);
  for (let extra = functions - names; extra > 0; ) {
    const rank = Math.floor(names * random.next() ** 2);
    const count = counts[rank] ?? mostOverloads;
    if (count >= mostOverloads) continue;
    counts[rank] = count + 1;
    extra--;
  }
  return counts;
}

/** The well-known names are the last to get an example: that is the gap the documentation really has. */
function chooseDocumented(figures: CategoryFigures, names: readonly string[]): ReadonlySet<string> {
  const wellKnownLast = (name: string) => (figures.wellKnown.includes(name) ? 1 : 0);
  const used = names.slice(0, figures.used).toSorted((a, b) => wellKnownLast(a) - wellKnownLast(b));
  const unused = names.slice(figures.used);
  return new Set([
    ...used.slice(0, figures.usedAndDocumented),
    ...unused.slice(0, figures.documented - figures.usedAndDocumented),
  ]);
}

function makeOverloads(
  figures: CategoryFigures,
  name: string,
  count: number,
  rank: number,
  random: Random,
): CatalogueFunction[] {
  const inClass = figures.className !== "" && random.chance(0.7);
  const returnType = returnTypeOf(name, figures.category);
  const parameters = random.int(0, 3);
  const bare = count === 1 || rank % bareNameMissingEvery !== bareNameMissingEvery - 1;
  const endings = bare ? ["", ...suffixes.map((suffix) => `_${suffix}`)] : suffixes.map((suffix) => `_${suffix}`);
  return endings.slice(0, count).map((ending, position) => ({
    category: figures.category,
    name,
    uniqueGlobalName: `${name}${ending}`,
    className: inClass ? figures.className : "",
    method: inClass && position > 0 ? name.replace(`${figures.className}_`, "") : "",
    returnType,
    parameters: Math.min(9, parameters + position),
  }));
}

function returnTypeOf(name: string, category: string): string {
  if (category === "color") return "color";
  if (/(^|_)(has|is|contains|down|up|typed|clicked|requested|ended|within|started|paused)(_|$)/.test(name))
    return "bool";
  if (/(^|_)(count|x|y|width|height|ticks)$/.test(name)) return "int";
  if (/^(vector|ray)_/.test(name)) return "vector_2d";
  if (/^(read|trim|replace|join)_/.test(name)) return "string";
  return "void";
}
