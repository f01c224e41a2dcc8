import type { Property, SchemaObject } from "../generated/odcs.ts";
import { type ElementList, type ElementPair, elementPath, identityOf, type PropertyPair } from "./contract-pairs.ts";
import { both, diffRule } from "./diff-rule.ts";
import { show, wasIs } from "./show-value.ts";

const ownId = "Give the new element an id and a name of its own.";

/** Row 43 for elements: others refer to them by id. */
export const elementIdentityRules = [
  diffRule({
    row: 43,
    sees: "an element that keeps its name, but is known by another id",
    outcomes: {
      changed: both("identity", "MAJOR", { suggestion: "Write the old id again; it stays when the name changes." }),
    },
    find: ({ path, before, after }: ElementPair<SchemaObject | Property>) => {
      if (identityOf(before) === identityOf(after) || before.name !== after.name) return [];
      return [
        {
          outcome: "changed",
          path: `${path}/id`,
          message: `The id of ${show(before.name)} ${wasIs(identityOf(before), identityOf(after))}`,
        },
      ];
    },
  }),
];

const reused = both("tombstone-reuse", "MAJOR", { blocked: true, suggestion: ownId });

export const reuseRules = [
  diffRule({
    row: 45,
    sees: "an id or name that belonged to something of another type",
    outcomes: { reused },
    find: ({ path, before, after }: PropertyPair) => {
      const moved = (before.name === after.name) !== (identityOf(before) === identityOf(after));
      const typed = before.logicalType !== undefined && after.logicalType !== undefined;
      if (!moved || !typed || before.logicalType === after.logicalType) return [];
      const was = before.name === after.name ? `the name ${show(after.name)}` : `the id ${show(identityOf(after))}`;
      return [
        {
          outcome: "reused",
          path,
          message: `${was} stands for something else: ${wasIs(before.logicalType, after.logicalType)}`,
        },
      ];
    },
  }),
];

export const tombstoneRules = [
  diffRule({
    row: 45,
    sees: "a new property with the id or name of one that was removed earlier, and another type",
    outcomes: { reused },
    find: ({ path, added }: ElementList<Property>, { options: { tombstones = [] } }) =>
      added.flatMap((property) => {
        const grave = tombstones.find(({ id, name }) => id === identityOf(property) || name === property.name);
        if (grave === undefined || grave.logicalType === property.logicalType) return [];
        const message = `${show(property.name)} takes the place of the removed ${show(grave.name)} (id ${show(grave.id)}): ${wasIs(grave.logicalType, property.logicalType)}`;
        return [{ outcome: "reused", path: elementPath(path, property), message }];
      }),
  }),
];
