import { isDeepStrictEqual } from "node:util";
import type { LogicalTypeOptions, Property, SchemaObject } from "../generated/odcs.ts";
import type { ElementPair, PropertyPair } from "./contract-pairs.ts";
import { both, diffRule, mirrored, type Spot } from "./diff-rule.ts";
import { compareTypes, integerScalar, physicalTypeOf, sumScalar, type TypeMove } from "./physical-type.ts";
import { show, wasIs } from "./show-value.ts";

const besides =
  "Add the new form as a property of its own beside {name}, and deprecate {name}: that is a minor version. Remove {name} in the next major version, after {days} days and once nobody reads it any more.";

function typeChanged({ before, after }: PropertyPair): boolean {
  return (
    before.logicalType !== undefined && after.logicalType !== undefined && before.logicalType !== after.logicalType
  );
}

/** List or not, and what is in the list, is the shape; everything else is the type. */
function isShape({ part, before, after }: PropertyPair): boolean {
  return part === "items" || before.logicalType === "array" || after.logicalType === "array";
}

/** Of an integer and of its sums. */
const scalars = [
  { outcome: "changed", whose: "", scalarOf: integerScalar },
  { outcome: "sums-changed", whose: "sums of ", scalarOf: sumScalar },
] as const;

function changedScalar({ before, after }: PropertyPair) {
  const areIntegers = before.logicalType === "integer" && after.logicalType === "integer";
  return areIntegers ? scalars.find(({ scalarOf }) => scalarOf(before) !== scalarOf(after)) : undefined;
}

const logicalType = diffRule({
  row: 7,
  sees: "the logicalType",
  outcomes: {
    changed: both("logical-type-changed", "MAJOR", { suggestion: besides }),
    removed: both("logical-type-removed", "MAJOR", {
      suggestion: "Leave the type that was promised; readers and generated code are made from it.",
    }),
    stated: both("logical-type-stated", "MINOR"),
  },
  find: (pair: PropertyPair) => {
    const { path, before, after } = pair;
    if (before.logicalType === after.logicalType || (isShape(pair) && typeChanged(pair))) return [];
    const outcome =
      before.logicalType === undefined ? "stated" : after.logicalType === undefined ? "removed" : "changed";
    const message = `The type of ${show(before.name)} ${wasIs(before.logicalType, after.logicalType)}`;
    return [{ outcome, path: `${path}/logicalType`, message }];
  },
});

const integerFormat = diffRule({
  row: 8,
  sees: "an integer that GraphQL serves, or whose sums it serves, as another scalar",
  outcomes: {
    changed: both("int-format", "MAJOR", { suggestion: besides }),
    "sums-changed": both("sum-format", "MAJOR", { suggestion: besides }),
  },
  find: (pair: PropertyPair) => {
    const { path, before, after } = pair;
    const changed = changedScalar(pair);
    if (changed === undefined) return [];
    const { outcome, whose, scalarOf } = changed;
    const key = before.physicalType === after.physicalType ? "logicalTypeOptions/format" : "physicalType";
    const message = `GraphQL serves ${whose}${show(before.name)} as ${scalarOf(after)} instead of ${scalarOf(before)}: ${wasIs(written(before), written(after))}`;
    return [{ outcome, path: `${path}/${key}`, message }];
  },
});

function written({ physicalType, logicalTypeOptions }: Property): string {
  return physicalType ?? logicalTypeOptions?.format ?? "i32";
}

/** Where the type, the scalar or what a list holds changed, that says more than the storage does. */
function moves(pair: PropertyPair): TypeMove[] {
  const { before, after } = pair;
  const list = after.logicalType === "array" && before.physicalType === after.physicalType;
  return list || typeChanged(pair) || changedScalar(pair) ? [] : compareTypes(before, after);
}

function describeMove({ path, before, after }: PropertyPair, verb: string): Omit<Spot, "outcome"> {
  const text = (property: Property) =>
    property.physicalType ?? property.logicalTypeOptions?.format ?? physicalTypeOf(property)?.base;
  return {
    path: `${path}/physicalType`,
    message: `${show(before.name)} is stored ${verb}: ${wasIs(text(before), text(after))}`,
  };
}

const widened = diffRule({
  row: 9,
  sees: "storage that holds more than before, in the same scalar",
  outcomes: { wider: both("physical-widened", "DANGEROUS") },
  find: (pair: PropertyPair) =>
    moves(pair).includes("wider") ? [{ outcome: "wider", ...describeMove(pair, "wider") }] : [],
});

const narrowed = diffRule({
  row: 10,
  sees: "storage that holds less than before, fewer decimals, or another kind of value",
  outcomes: {
    narrower: mirrored("physical-narrowed", { reader: "MINOR", writer: "DANGEROUS" }),
    "scale-lowered": both("physical-narrowed", "MAJOR", { suggestion: besides }),
    "other-kind": both("physical-kind-changed", "MAJOR", { suggestion: besides }),
  },
  find: (pair: PropertyPair) => {
    const verbs = {
      narrower: "narrower",
      "scale-lowered": "with fewer decimals",
      "other-kind": "in another kind of type",
    };
    return moves(pair).flatMap((move) =>
      move === "wider" ? [] : [{ outcome: move, ...describeMove(pair, verbs[move]) }],
    );
  },
});

const timeWords = ["format", "timezone", "defaultTimezone"] as const;

const temporal = diffRule({
  row: 21,
  sees: "how dates and times are written, and in which time zone they are meant",
  outcomes: { changed: both("temporal-semantics", "MAJOR", { suggestion: besides }) },
  find: ({ path, before, after }: PropertyPair) => {
    if (!isTemporal(before) || !isTemporal(after)) return [];
    const changed = timeWords.filter((key) => timeOption(before, key) !== timeOption(after, key));
    return changed.map((key) => ({
      outcome: "changed" as const,
      path: `${path}/logicalTypeOptions/${key}`,
      message: `${key} of ${show(before.name)} ${wasIs(timeOption(before, key), timeOption(after, key))}`,
    }));
  },
});

function isTemporal({ logicalType: type }: Property): boolean {
  return type === "date" || type === "timestamp" || type === "time";
}

function timeOption({ logicalTypeOptions: options = {} }: Property, key: (typeof timeWords)[number]): unknown {
  if (key !== "defaultTimezone") return options[key];
  const zone = options.defaultTimezone ?? "UTC";
  return zone === "Etc/UTC" ? "UTC" : zone;
}

const vectorWords: readonly (keyof LogicalTypeOptions)[] = [
  "dimensions",
  "elementType",
  "distanceMetric",
  "normalized",
  "embeddingModel",
  "embeddingModelVersion",
];

const shape = diffRule({
  row: 22,
  sees: "list or single value, and what is in a list, map or vector",
  outcomes: {
    changed: both("array-object-shape", "MAJOR", { suggestion: besides }),
    stated: both("array-object-shape", "MINOR"),
  },
  find: (pair: PropertyPair) => {
    const { path, before, after } = pair;
    const spots: Spot<"changed" | "stated">[] = [];
    if (isShape(pair) && typeChanged(pair))
      spots.push({
        outcome: "changed",
        path: `${path}/logicalType`,
        message: `${pair.part === "items" ? "What is in it" : `The shape of ${show(before.name)}`} ${wasIs(before.logicalType, after.logicalType)}`,
      });
    for (const key of ["items", "map"] as const) {
      if ((before[key] === undefined) === (after[key] === undefined)) continue;
      const outcome = before[key] === undefined && before.logicalType === after.logicalType ? "stated" : "changed";
      spots.push({
        outcome,
        path: `${path}/${key}`,
        message: `${key} of ${show(before.name)} ${wasIs(before[key], after[key])}`,
      });
    }
    for (const key of vectorWords) {
      const [from, to] = [before.logicalTypeOptions?.[key], after.logicalTypeOptions?.[key]];
      if (isDeepStrictEqual(from, to)) continue;
      spots.push({
        outcome: "changed",
        path: `${path}/logicalTypeOptions/${key}`,
        message: `${key} of ${show(before.name)} ${wasIs(from, to)}`,
      });
    }
    return spots;
  },
});

export const typeRules = [logicalType, integerFormat, widened, narrowed, temporal, shape];

const tables = ["table", "view", "materialized view", "materialised view"];

/** A table may become a view unnoticed, but not a topic or a file. */
export const objectTypeRules = [
  diffRule({
    row: 10,
    sees: "an object that is stored as another kind of thing",
    outcomes: {
      "other-kind": both("physical-kind-changed", "MAJOR", {
        suggestion:
          "Publish the new kind as a product of its own beside {name}, deprecate this one, and retire it after {days} days, once nobody reads it any more.",
      }),
    },
    find: ({ path, before, after }: ElementPair<SchemaObject>) => {
      const kind = ({ physicalType }: SchemaObject) => {
        const text = physicalType?.toLowerCase() ?? "table";
        return tables.includes(text) ? "table" : text;
      };
      if (kind(before) === kind(after)) return [];
      const message = `${show(before.name)} is another kind of thing: ${wasIs(before.physicalType, after.physicalType)}`;
      return [{ outcome: "other-kind", path: `${path}/physicalType`, message }];
    },
  }),
];
