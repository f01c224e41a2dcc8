import type { LogicalTypeOptions, Property } from "../generated/odcs.ts";
import type { PropertyPair } from "./contract-pairs.ts";
import { diffRule, mirrored, type Spot } from "./diff-rule.ts";
import { show, wasIs } from "./show-value.ts";

/** Which way a limit moved; a pattern that changed lets in what it did not and keeps out what it did. */
type Move = "loosened" | "tightened";
type Compare = (before: unknown, after: unknown) => readonly Move[];

const either: readonly Move[] = ["loosened", "tightened"];

function limit(lower: boolean): Compare {
  return (before, after) => {
    if (before === undefined) return ["tightened"];
    if (after === undefined) return ["loosened"];
    const comparable = typeof before === typeof after && typeof before !== "boolean";
    if (!comparable) return either;
    const grew = (after as number) > (before as number);
    return [grew === lower ? "tightened" : "loosened"];
  };
}

/** What must be kept or is not there at all; any change of it cuts both ways. */
const demand: Compare = (before, after) => {
  if (before === undefined) return ["tightened"];
  return after === undefined ? ["loosened"] : either;
};

const flag: Compare = (_, after) => [after === true ? "tightened" : "loosened"];

/** Every multiple of 10 is one of 5. */
const multiple: Compare = (before, after) => {
  if (typeof before !== "number" || typeof after !== "number") return demand(before, after);
  if (before % after === 0) return ["loosened"];
  return after % before === 0 ? ["tightened"] : either;
};

const names: Compare = (before, after) => {
  const [from, to] = [before, after].map((list) => (Array.isArray(list) ? list : []));
  const moves: Move[] = [];
  if (from?.some((name) => !to?.includes(name))) moves.push("loosened");
  if (to?.some((name) => !from?.includes(name))) moves.push("tightened");
  return moves;
};

const bounds: Readonly<Partial<Record<keyof LogicalTypeOptions, Compare>>> = {
  minimum: limit(true),
  exclusiveMinimum: limit(true),
  minLength: limit(true),
  minItems: limit(true),
  minProperties: limit(true),
  maximum: limit(false),
  exclusiveMaximum: limit(false),
  maxLength: limit(false),
  maxItems: limit(false),
  maxProperties: limit(false),
  multipleOf: multiple,
  pattern: demand,
  uniqueItems: flag,
  required: names,
};

function find<Wanted extends Move>(wanted: Wanted): (pair: PropertyPair) => Spot<Wanted>[] {
  return ({ path, before, after }) =>
    comparisons(before).flatMap(([key, compare]) => {
      const [from, to] = [option(before, key), option(after, key)];
      if (show(from) === show(to) || !compare(from, to).includes(wanted)) return [];
      const message = `${key} of ${show(before.name)} ${wasIs(from, to)}`;
      return [{ outcome: wanted, path: `${path}/logicalTypeOptions/${key}`, message }];
    });
}

/** A format limits texts as a pattern does; elsewhere it is part of the type. */
function comparisons({ logicalType }: Property): [keyof LogicalTypeOptions, Compare][] {
  const all = Object.entries(bounds) as [keyof LogicalTypeOptions, Compare][];
  return logicalType === "string" ? [...all, ["format", demand]] : all;
}

/** A flag that is false asks for nothing. */
function option({ logicalTypeOptions: options = {} }: Property, key: keyof LogicalTypeOptions): unknown {
  return options[key] === false ? undefined : options[key];
}

const announce =
  "Tell those who deliver, and warn of rows outside the new limit of {name} for {days} days; refuse them in the next major version.";

export const boundRules = [
  diffRule({
    row: 19,
    sees: "limits that let in more than before",
    outcomes: { loosened: mirrored("bounds-loosened", { reader: "DANGEROUS", writer: "MINOR" }) },
    find: find("loosened"),
  }),
  diffRule({
    row: 20,
    sees: "limits that let in less than before; the rows there are must keep them",
    outcomes: {
      tightened: mirrored("bounds-tightened", { reader: "MINOR", writer: "MAJOR" }, { suggestion: announce }),
    },
    find: find("tightened"),
  }),
];
