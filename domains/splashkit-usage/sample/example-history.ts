import type { Random } from "@thoth/testing/random";
import { dayMs } from "./calendar.ts";
import type { CatalogueName } from "./catalogue.ts";

/** A usage example that came to or left the documentation, as its history records it. */
export interface ExampleChange {
  readonly at: number;
  readonly event: "added" | "removed";
  readonly category: string;
  /** A function name, or the unique name of one overload: the documentation mixes them. */
  readonly function: string;
  readonly exampleNo: number;
  readonly language: "cpp" | "csharp" | "python";
}

/** C# has two variants, top-level statements and classes, which the history does not tell apart. */
const variants = ["csharp", "csharp", "cpp", "python"] as const;
const firstDaysAgo = 600;
const lastDaysAgo = 12;

/** The history behind the examples of today: additions, files that were replaced, and examples given up again. */
export function exampleChanges(names: readonly CatalogueName[], asOf: number, random: Random): ExampleChange[] {
  const documented = names.filter((name) => name.documented);
  const givenUp = names.filter((name) => name.used && !name.documented).slice(-6);
  const kept = documented.flatMap((name, index) => {
    const changes = keptExample(name, asOf, random);
    return index === 0 ? [...removedBeforeAdded(changes), ...changes] : changes;
  });
  const gone = givenUp.flatMap((name) => goneExample(name, asOf, random));
  return [...kept, ...gone].toSorted((a, b) => a.at - b.at);
}

function keptExample(name: CatalogueName, asOf: number, random: Random): ExampleChange[] {
  const at = instant(asOf, firstDaysAgo, 120, random);
  const alias = random.chance(0.12) ? (name.overloads.at(-1)?.uniqueGlobalName ?? name.name) : name.name;
  const examples = random.chance(0.07) ? [1, 2] : [1];
  const added = examples.flatMap((exampleNo) => additions(name.category, alias, exampleNo, at));
  if (!random.chance(0.3)) return added;
  const replacedAt = instant(asOf, 110, lastDaysAgo, random);
  return [...added, ...added.flatMap((change) => [removal(change, replacedAt), { ...change, at: replacedAt }])];
}

function goneExample(name: CatalogueName, asOf: number, random: Random): ExampleChange[] {
  const added = additions(name.category, name.name, 1, instant(asOf, firstDaysAgo, 300, random));
  const goneAt = instant(asOf, 200, lastDaysAgo, random);
  return [...added, ...added.map((change) => removal(change, goneAt))];
}

/** A planted fault: the history starts by removing what it never added. */
function removedBeforeAdded(changes: readonly ExampleChange[]): ExampleChange[] {
  return changes.slice(0, 1).map((change) => removal(change, change.at - 5 * dayMs));
}

function additions(category: string, name: string, exampleNo: number, at: number): ExampleChange[] {
  return variants.map((language) => ({ at, event: "added", category, function: name, exampleNo, language }));
}

function removal(change: ExampleChange, at: number): ExampleChange {
  return { ...change, at, event: "removed" };
}

function instant(asOf: number, fromDaysAgo: number, toDaysAgo: number, random: Random): number {
  const instant = asOf - random.int(toDaysAgo, fromDaysAgo) * dayMs + random.int(0, dayMs - 1);
  return Math.floor(instant / 1000) * 1000;
}
