import type { Property } from "../generated/odcs.ts";
import type { PropertyPair } from "./contract-pairs.ts";
import { both, diffRule, mirrored } from "./diff-rule.ts";
import { show } from "./show-value.ts";

/** A closed set of values, and whether GraphQL shows it as an enum. */
interface ClosedSet {
  readonly values: readonly string[];
  readonly exposed: boolean;
  readonly key: string;
}

function closedSet({ enum: values = [], quality = [], logicalType }: Property): ClosedSet | undefined {
  if (values.length > 0)
    return { values: values.map(({ value }) => show(value)), exposed: logicalType === "string", key: "enum" };
  const rule = quality.find((one) => one.metric === "invalidValues" && Array.isArray(one.arguments?.validValues));
  const valid = rule?.arguments?.validValues;
  return Array.isArray(valid) ? { values: valid.map(show), exposed: false, key: "quality/validValues" } : undefined;
}

/** Both sets, unless a quality rule came or went: that is for the rules about quality. */
function sets({ before, after }: PropertyPair): { before: ClosedSet | undefined; after: ClosedSet | undefined } {
  const [from, to] = [closedSet(before), closedSet(after)];
  const written = (set: ClosedSet | undefined) => (set?.key === "enum" ? set : undefined);
  return from?.key === to?.key ? { before: from, after: to } : { before: written(from), after: written(to) };
}

const missing = (from: ClosedSet, to: ClosedSet) => from.values.filter((value) => !to.values.includes(value));

const acceptBoth =
  "Tell those who deliver, and go on accepting the other values of {name} for {days} days; refuse them in the next major version.";

export const enumRules = [
  diffRule({
    row: 16,
    sees: "a value that an enum did not have",
    outcomes: {
      added: mirrored(
        "enum-value-added",
        { reader: "DANGEROUS", writer: "MINOR" },
        { suggestion: "Tell readers beforehand: whoever lists all values meets one they do not know." },
      ),
      strict: mirrored(
        "enum-value-added",
        { reader: "MAJOR", writer: "MINOR" },
        {
          suggestion:
            "Announce the value, publish it as one that is there already for {days} days, and show it in the next major version.",
        },
      ),
    },
    find: (pair: PropertyPair, { options }) => {
      const { before, after } = sets(pair);
      if (!before || !after) return [];
      return missing(after, before).map((value) => ({
        outcome: options.enumAdditions === "MAJOR" ? ("strict" as const) : ("added" as const),
        path: `${pair.path}/${after.key}`,
        message: `${show(pair.before.name)} can be ${value} now; it was one of ${before.values.join(", ")}`,
      }));
    },
  }),
  diffRule({
    row: 17,
    sees: "a value that an enum no longer has",
    outcomes: {
      exposed: both("enum-value-removed", "MAJOR", {
        suggestion:
          "Leave the value in the enum of {name}, and say in its description that no row has it any more; take it out in the next major version, after {days} days.",
      }),
      hidden: mirrored("enum-value-removed", { reader: "MINOR", writer: "MAJOR" }, { suggestion: acceptBoth }),
    },
    find: (pair: PropertyPair) => {
      const { before, after } = sets(pair);
      if (!before || !after) return [];
      return missing(before, after).map((value) => ({
        outcome: before.exposed ? ("exposed" as const) : ("hidden" as const),
        path: `${pair.path}/${before.key}`,
        message: `${show(pair.before.name)} can no longer be ${value}; it is one of ${after.values.join(", ")}`,
      }));
    },
  }),
  diffRule({
    row: 18,
    sees: "an open value that becomes an enum, or the other way round",
    outcomes: {
      introduced: both("enum-introduced", "MAJOR", {
        suggestion:
          "Add a property with the enum beside {name}, and deprecate {name}: that is a minor version. Remove {name} in the next major version, after {days} days.",
      }),
      "introduced hidden": mirrored(
        "enum-introduced",
        { reader: "MINOR", writer: "MAJOR" },
        { suggestion: acceptBoth },
      ),
      dropped: both("enum-dropped", "MAJOR", {
        suggestion:
          "Add an open property beside {name}, and deprecate {name}: that is a minor version. Remove {name} in the next major version, after {days} days.",
      }),
      "dropped hidden": mirrored("enum-dropped", { reader: "DANGEROUS", writer: "MINOR" }),
    },
    find: (pair: PropertyPair) => {
      const { before, after } = sets(pair);
      const path = `${pair.path}/enum`;
      const name = show(pair.before.name);
      if (!before && after) {
        const outcome = after.exposed ? ("introduced" as const) : ("introduced hidden" as const);
        return [{ outcome, path, message: `${name} was open, is one of ${after.values.join(", ")}` }];
      }
      if (!before || after) return [];
      const outcome = before.exposed ? ("dropped" as const) : ("dropped hidden" as const);
      return [{ outcome, path, message: `${name} was one of ${before.values.join(", ")}, is open now` }];
    },
  }),
];
