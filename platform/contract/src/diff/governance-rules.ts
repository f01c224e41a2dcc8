import { classifications } from "../check-columns.ts";
import type { CustomProperty, Property, SchemaObject } from "../generated/odcs.ts";
import type { ElementPair, PropertyPair } from "./contract-pairs.ts";
import { both, diffRule } from "./diff-rule.ts";
import { show, wasIs } from "./show-value.ts";

/** Place on the scale from public to restricted. What is not classified is below public, what is not on the scale above all. */
function level({ classification }: Property): number {
  if (classification === undefined) return -1;
  const index = (classifications as readonly string[]).indexOf(classification);
  return index < 0 ? classifications.length : index;
}

const privacy = "Ask the privacy steward to approve it: data that was protected becomes readable.";

const classificationRaised = diffRule({
  row: 23,
  sees: "a higher classification, by which somebody may lose the value",
  outcomes: {
    lost: both("classification-raised", "MAJOR", {
      suggestion:
        "Give those who read {name} now an agreement for the higher class first, or publish a coarser value beside it; raise the class after {days} days, in the next major version.",
    }),
    kept: both("classification-raised", "DANGEROUS"),
  },
  find: ({ path, before, after }: PropertyPair, { options }) => {
    const other = before.classification !== after.classification;
    if (!other || level(after) < level(before)) return [];
    const outcome = options.losesAccess?.(path) === true ? ("lost" as const) : ("kept" as const);
    const message = `The classification of ${show(before.name)} ${wasIs(before.classification, after.classification)}`;
    return [{ outcome, path: `${path}/classification`, message }];
  },
});

const classificationLowered = diffRule({
  row: 24,
  sees: "a lower classification, by which more people see the value",
  outcomes: { lowered: both("classification-lowered", "DANGEROUS", { suggestion: privacy }) },
  find: ({ path, before, after }: PropertyPair) => {
    if (level(after) >= level(before)) return [];
    const message = `The classification of ${show(before.name)} ${wasIs(before.classification, after.classification)}`;
    return [{ outcome: "lowered", path: `${path}/classification`, message }];
  },
});

const encryptedName = diffRule({
  row: 25,
  sees: "the column that holds the encrypted value",
  outcomes: {
    changed: both("encrypted-name-changed", "MAJOR", {
      suggestion:
        "Fill the encrypted column under both names for {days} days, and drop the old name in the next major version.",
    }),
    stated: both("encrypted-name-changed", "MINOR"),
  },
  find: ({ path, before, after }: PropertyPair) => {
    if (before.encryptedName === after.encryptedName) return [];
    const outcome = before.encryptedName === undefined ? ("stated" as const) : ("changed" as const);
    const message = `The encrypted name of ${show(before.name)} ${wasIs(before.encryptedName, after.encryptedName)}`;
    return [{ outcome, path: `${path}/encryptedName`, message }];
  },
});

const criticalElement = diffRule({
  row: 26,
  sees: "whether a property is a critical data element",
  outcomes: { dropped: both("cde-dropped", "DANGEROUS"), added: both("cde-added", "MINOR") },
  find: ({ path, before, after }: PropertyPair) => {
    const [from, to] = [before.criticalDataElement === true, after.criticalDataElement === true];
    if (from === to) return [];
    const message = `${show(before.name)} ${from ? "was a critical data element, is none" : "was no critical data element, is one"}`;
    return [
      { outcome: from ? ("dropped" as const) : ("added" as const), path: `${path}/criticalDataElement`, message },
    ];
  },
});

export const governanceRules = [classificationRaised, classificationLowered, encryptedName, criticalElement];

interface Deprecable {
  readonly name?: string;
  readonly deprecated?: boolean;
  readonly customProperties?: readonly CustomProperty[];
}

/** Before 3.2 the standard had no word for it, so contracts say it in a custom property. */
function isDeprecated({ deprecated, customProperties = [] }: Deprecable): boolean {
  return (
    deprecated === true || customProperties.some(({ property, value }) => property === "deprecated" && value === true)
  );
}

export const deprecationRules = [
  diffRule({
    row: 30,
    sees: "an element that is announced to go, or not to go after all",
    outcomes: { set: both("deprecated-set", "MINOR"), unset: both("deprecated-unset", "PATCH") },
    find: ({ path, before, after }: ElementPair<SchemaObject | Property>) => {
      const [from, to] = [isDeprecated(before), isDeprecated(after)];
      if (from === to) return [];
      const message = `${show(before.name)} ${to ? "was in use, is deprecated" : "was deprecated, is in use again"}`;
      return [{ outcome: to ? ("set" as const) : ("unset" as const), path: `${path}/deprecated`, message }];
    },
  }),
];
