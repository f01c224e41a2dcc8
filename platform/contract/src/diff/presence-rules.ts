import type { Property, SchemaObject } from "../generated/odcs.ts";
import { type ElementList, type ElementPair, elementPath } from "./contract-pairs.ts";
import { both, type DiffContext, diffRule, mirrored } from "./diff-rule.ts";
import { show, wasIs } from "./show-value.ts";

const windDown =
  "Set `deprecated: true` on {name} in a minor version, and say in `deprecationReason` what to use instead. Remove it in the next major version, after {days} days and once nobody reads it any more.";
const alias =
  "Let {name} keep its name and id as a deprecated property with the same values, and add {becomes} with an id of its own beside it: that is a minor version. Remove {name} in the next major version, after {days} days and once nobody reads it any more.";

export const objectListRules = [
  diffRule({
    row: 1,
    sees: "a schema object is gone",
    outcomes: { removed: both("object-removed", "MAJOR", { suggestion: windDown }) },
    find: ({ path, removed }: ElementList<SchemaObject>) =>
      removed.map((object) => ({
        outcome: "removed" as const,
        path: elementPath(path, object),
        message: `The object ${show(object.name)} with ${object.properties?.length ?? 0} properties is gone`,
      })),
  }),
  diffRule({
    row: 2,
    sees: "a schema object is new",
    outcomes: { added: both("object-added", "MINOR") },
    find: ({ path, added }: ElementList<SchemaObject>) =>
      added.map((object) => ({
        outcome: "added" as const,
        path: elementPath(path, object),
        message: `The object ${show(object.name)} is new, with ${object.properties?.length ?? 0} properties`,
      })),
  }),
];

export const propertyListRules = [
  diffRule({
    row: 3,
    sees: "a property is gone",
    outcomes: { removed: both("property-removed", "MAJOR", { suggestion: windDown }) },
    find: ({ path, removed }: ElementList<Property>) =>
      removed.map((property) => ({
        outcome: "removed" as const,
        path: elementPath(path, property),
        message: `${show(property.name)} (${property.logicalType ?? "of no stated type"}) is gone`,
      })),
  }),
  diffRule({
    row: 4,
    sees: "a property is new; writers must fill a required one that has no default",
    outcomes: {
      optional: both("property-added", "MINOR"),
      required: mirrored(
        "property-added",
        { reader: "MINOR", writer: "MAJOR" },
        {
          suggestion:
            "Writers need a default (custom property `default`), or leave `required` out until all of them send it.",
        },
      ),
    },
    find: ({ path, added }: ElementList<Property>) =>
      added.map((property) => ({
        outcome: property.required === true && !hasDefault(property) ? ("required" as const) : ("optional" as const),
        path: elementPath(path, property),
        message: `${show(property.name)} (${property.logicalType ?? "of no stated type"}${property.required ? ", required" : ""}) is new`,
      })),
  }),
];

function hasDefault({ customProperties = [] }: Property): boolean {
  return customProperties.some(({ property }) => property === "default");
}

type Element = SchemaObject | Property;

export const elementRules = [
  diffRule({
    row: 5,
    sees: "an element with the same id has another name",
    outcomes: { renamed: both("renamed", "MAJOR", { suggestion: alias }) },
    find: ({ path, before, after }: ElementPair<Element>) =>
      before.name === after.name || before.name === undefined || after.name === undefined
        ? []
        : [
            {
              outcome: "renamed",
              path: `${path}/name`,
              message: `${show(before.name)} is now called ${show(after.name)}`,
              becomes: after.name,
            },
          ],
  }),
  diffRule({
    row: 6,
    sees: "what readers of SQL and files call it; GraphQL does not show it",
    outcomes: {
      visible: both("physical-name-changed", "MAJOR", {
        suggestion:
          "Serve the old name too, as a view or a second column, for {days} days; drop it in the next major version.",
      }),
      hidden: both("physical-name-changed", "PATCH"),
    },
    find: ({ path, before, after }: ElementPair<Element>, context) => {
      const [from, to] = [physicalName(before), physicalName(after)];
      const implied = before.physicalName === undefined && after.physicalName === undefined;
      if (from === to || implied || isStatement(before, after, context)) return [];
      const outcome = isGraphqlOnly(context) ? ("hidden" as const) : ("visible" as const);
      const message = `The physical name of ${show(before.name)} ${wasIs(from, to)}`;
      return [{ outcome, path: `${path}/physicalName`, message }];
    },
  }),
];

function physicalName({ physicalName: written, name }: Element): string | undefined {
  return written ?? name;
}

/** An object's table is called after its product, so saying that changes nothing. */
function isStatement(before: Element, after: Element, { before: { name = "" } }: DiffContext): boolean {
  const written = before.physicalName === undefined ? after.physicalName : before.physicalName;
  const unsaid = before.physicalName === undefined || after.physicalName === undefined;
  return unsaid && name !== "" && written === name.replaceAll("-", "_");
}

function isGraphqlOnly({ before, after }: DiffContext): boolean {
  const servers = [...(before.servers ?? []), ...(after.servers ?? [])];
  return servers.length > 0 && servers.every(({ type }) => type === "api");
}
