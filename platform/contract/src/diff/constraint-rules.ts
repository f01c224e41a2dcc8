import { keyColumns } from "../describe-columns.ts";
import type { SchemaObject } from "../generated/odcs.ts";
import type { ObjectPair, PropertyPair } from "./contract-pairs.ts";
import { both, diffRule, mirrored } from "./diff-rule.ts";
import { show, wasIs } from "./show-value.ts";

const isRequired = ({ before, after }: PropertyPair) => [before.required === true, after.required === true] as const;

/** The only column of a key is unique without saying so. */
const isUnique = ({ before, after, onlyKey }: PropertyPair) =>
  [before.unique === true || onlyKey.before, after.unique === true || onlyKey.after] as const;

export const constraintRules = [
  diffRule({
    row: 11,
    sees: "a property that may be null now",
    outcomes: {
      loosened: mirrored(
        "nullability-loosened",
        { reader: "MAJOR", writer: "MINOR" },
        {
          suggestion:
            "Keep {name} required and publish a value that stands for unknown, or add an optional property beside it and deprecate {name}: that is a minor version. Remove {name} in the next major version, after {days} days and once nobody reads it any more.",
        },
      ),
    },
    find: (pair: PropertyPair) => {
      const [before, after] = isRequired(pair);
      if (!before || after) return [];
      const message = `${show(pair.before.name)} may be null now: required ${wasIs(pair.before.required, pair.after.required)}`;
      return [{ outcome: "loosened", path: `${pair.path}/required`, message }];
    },
  }),
  diffRule({
    row: 12,
    sees: "a property that is never null from now on; the rows there are must keep it",
    outcomes: {
      tightened: mirrored(
        "nullability-tightened",
        { reader: "MINOR", writer: "MAJOR" },
        {
          suggestion:
            "Let those who deliver send {name} for {days} days first, and require it in the next major version, once all of them do.",
        },
      ),
    },
    find: (pair: PropertyPair) => {
      const [before, after] = isRequired(pair);
      if (before || !after) return [];
      const message = `${show(pair.before.name)} is never null from now on: required ${wasIs(pair.before.required, pair.after.required)}`;
      return [{ outcome: "tightened", path: `${pair.path}/required`, message }];
    },
  }),
  diffRule({
    row: 13,
    sees: "values that may repeat now, so that joins multiply rows",
    outcomes: {
      dropped: mirrored(
        "unique-dropped",
        { reader: "MAJOR", writer: "MINOR" },
        {
          suggestion:
            "Keep {name} unique and publish what repeats as a property or product of its own. Otherwise announce it for {days} days, and drop it in the next major version.",
        },
      ),
    },
    find: (pair: PropertyPair) => {
      const [before, after] = isUnique(pair);
      if (!before || after) return [];
      const message = `Values of ${show(pair.before.name)} may repeat now: unique was true, is not any more`;
      return [{ outcome: "dropped", path: `${pair.path}/unique`, message }];
    },
  }),
  diffRule({
    row: 14,
    sees: "values that are unique from now on",
    outcomes: {
      added: mirrored(
        "unique-added",
        { reader: "MINOR", writer: "MAJOR" },
        {
          suggestion:
            "Tell those who deliver, and warn of repeated values for {days} days; refuse them in the next major version.",
        },
      ),
    },
    find: (pair: PropertyPair) => {
      const [before, after] = isUnique(pair);
      if (before || !after) return [];
      const message = `Values of ${show(pair.before.name)} are unique from now on: unique was not promised, is true`;
      return [{ outcome: "added", path: `${pair.path}/unique`, message }];
    },
  }),
];

export const keyRules = [
  diffRule({
    row: 15,
    sees: "the columns of the key and their order",
    outcomes: {
      changed: both("key-changed", "MAJOR", {
        suggestion:
          "Publish rows of another grain as a product of their own, deprecate this one, and retire it after {days} days, once nobody reads it any more.",
      }),
    },
    find: ({ path, before, after, properties }: ObjectPair) => {
      const namesBefore = new Map(properties.pairs.map((pair) => [pair.after.name, pair.before.name]));
      const from = keyOf(before);
      const to = keyOf(after).map((name) => namesBefore.get(name) ?? name);
      const ordered = hasPositions(before) && hasPositions(after);
      const same = (a: readonly string[], b: readonly string[]) => JSON.stringify(a) === JSON.stringify(b);
      if (ordered ? same(from, to) : same(from.toSorted(), to.toSorted())) return [];
      return [
        {
          outcome: "changed",
          path: `${path}/primaryKey`,
          message: `The key of ${show(before.name)} ${wasIs(from, to)}`,
        },
      ];
    },
  }),
];

function keyOf(object: SchemaObject): string[] {
  return keyColumns({ path: [], value: object });
}

function hasPositions({ properties = [] }: SchemaObject): boolean {
  const key = properties.filter(({ primaryKey }) => primaryKey === true);
  return key.every(({ primaryKeyPosition = -1 }) => primaryKeyPosition > 0);
}
