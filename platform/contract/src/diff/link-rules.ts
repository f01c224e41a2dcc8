import { isDeepStrictEqual } from "node:util";
import type { CustomProperty, Property, Server } from "../generated/odcs.ts";
import type { ObjectPair, PropertyPair } from "./contract-pairs.ts";
import { both, type DiffContext, diffRule, type Spot } from "./diff-rule.ts";
import { type MatchedList, matchLists } from "./match-lists.ts";
import { show, wasIs } from "./show-value.ts";

/** A relationship of an object or property, as far as readers notice it. */
interface Link {
  readonly id?: string;
  readonly from?: string | readonly string[];
  readonly to: string | readonly string[];
  readonly customProperties?: readonly CustomProperty[];
}

const leads = {
  removed: both("relationship-removed", "MAJOR", {
    suggestion:
      "Leave the relationship until the next major version and say in the description of the column that it goes; remove it after {days} days.",
  }),
  "removed hidden": both("relationship-removed", "DANGEROUS"),
  retargeted: both("relationship-retargeted", "MAJOR", {
    suggestion:
      "Add the new relationship beside the old one, with a field name of its own (`graphqlField`): that is a minor version. Remove the old one in the next major version, after {days} days.",
  }),
  "retargeted hidden": both("relationship-retargeted", "DANGEROUS"),
  added: both("relationship-added", "MINOR"),
};

type LinkSpot = Spot<keyof typeof leads>;

/** The same by id, by where they lead, or at least by where they start. */
export function matchLinks(before: readonly Link[], after: readonly Link[]): MatchedList<Link> {
  const start = ({ from }: Link) => JSON.stringify(from ?? "");
  return matchLists(before, after, [({ id }) => id, linkKey, target, start]);
}

export function linkPath(path: string, { to }: Link): string {
  return `${path}/relationships[to=${[to].flat().join(",")}]`;
}

function compareLinks(path: string, before: readonly Link[], after: readonly Link[], exposed: boolean): LinkSpot[] {
  const matched = matchLinks(before, after);
  const at = (link: Link) => linkPath(path, link);
  return [
    ...matched.removed.map((link) => {
      const outcome = exposed ? ("removed" as const) : ("removed hidden" as const);
      return { outcome, path: at(link), message: `The relationship to ${show(link.to)} is gone` };
    }),
    ...matched.added.map((link) => ({
      outcome: "added" as const,
      path: at(link),
      message: `The relationship to ${show(link.to)} is new`,
    })),
    ...matched.pairs
      .filter((pair) => linkKey(pair.before) !== linkKey(pair.after))
      .map((pair) => {
        const outcome = exposed ? ("retargeted" as const) : ("retargeted hidden" as const);
        const message = `The relationship leads elsewhere or is called otherwise: ${wasIs(describe(pair.before), describe(pair.after))}`;
        return { outcome, path: at(pair.before), message };
      }),
  ];
}

function linkKey(link: Link): string {
  return JSON.stringify([link.from ?? "", target(link), fieldName(link)]);
}

/** The same place in both notations, and in whatever published version of the same major it was pinned to. */
function target({ to }: Link): string {
  const plain = [to].flat().map((text) =>
    text
      .replace(/#?\/?schema\/([^/]+)\/properties\/([^/]+)$/, "#$1.$2")
      .replace(/\/(\d+)\.\d+\.\d+[^/]*\.odcs\.yaml/, "/$1")
      .replace(/^#/, ""),
  );
  return plain.join(" ");
}

function fieldName({ customProperties = [] }: Link): unknown {
  return customProperties.find(({ property }) => property === "graphqlField")?.value;
}

function describe(link: Link): unknown {
  const field = fieldName(link);
  return field === undefined ? link.to : { to: link.to, graphqlField: field };
}

export const objectLinkRules = [
  diffRule({
    row: 27,
    sees: "relationships of an object",
    outcomes: leads,
    find: ({ path, before, after }: ObjectPair) =>
      compareLinks(path, before.relationships ?? [], after.relationships ?? [], true),
  }),
];

const relationships = diffRule({
  row: 27,
  sees: "relationships of a property; those of a column are fields of GraphQL",
  outcomes: leads,
  find: ({ path, before, after, part }: PropertyPair) =>
    compareLinks(path, before.relationships ?? [], after.relationships ?? [], part === "column"),
});

const fileServers: readonly Server["type"][] = ["s3", "azure", "sftp", "local", "iceberg", "glue", "athena"];

function servesFiles({ before, after }: DiffContext): boolean {
  return [...(before.servers ?? []), ...(after.servers ?? [])].some(({ type }) => fileServers.includes(type));
}

const partitioning = diffRule({
  row: 28,
  sees: "how files are cut into partitions",
  outcomes: { files: both("partitioning-changed", "DANGEROUS"), hidden: both("partitioning-changed", "PATCH") },
  find: ({ path, before, after }: PropertyPair, context) => {
    const partition = ({ partitioned = false, partitionKeyPosition = -1 }: Property) => ({
      partitioned,
      position: partitionKeyPosition,
    });
    const [from, to] = [partition(before), partition(after)];
    if (isDeepStrictEqual(from, to)) return [];
    const message = `The partitioning by ${show(before.name)} ${wasIs(from, to)}`;
    return [
      {
        outcome: servesFiles(context) ? ("files" as const) : ("hidden" as const),
        path: `${path}/partitioned`,
        message,
      },
    ];
  },
});

const meaning = diffRule({
  row: 29,
  sees: "what values mean or how they are computed, in the same shape",
  outcomes: {
    changed: both("semantics-changed", "DANGEROUS", {
      suggestion: "Compare the data of both versions on the same input, and show the difference to those who approve.",
    }),
  },
  find: ({ path, before, after }: PropertyPair) => {
    const outcome = "changed" as const;
    const name = show(before.name);
    const looks = [
      ["transformLogic", before.transformLogic?.trim(), after.transformLogic?.trim()],
      ["transformSourceObjects", before.transformSourceObjects, after.transformSourceObjects],
      ["customProperties[property=unit]", unit(before), unit(after)],
    ] as const;
    return looks
      .filter(([, from, to]) => !isDeepStrictEqual(from, to))
      .map(([key, from, to]) => ({ outcome, path: `${path}/${key}`, message: `${key} of ${name} ${wasIs(from, to)}` }));
  },
});

function unit({ customProperties = [] }: Property): unknown {
  return customProperties.find(({ property }) => property === "unit")?.value;
}

export const linkRules = [relationships, partitioning, meaning];
