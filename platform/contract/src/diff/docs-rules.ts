import { isDeepStrictEqual } from "node:util";
import type { CustomProperty, DataContract, EnumValue, Property, Role, SchemaObject } from "../generated/odcs.ts";
import { roleWords } from "../roles/role-words.ts";
import type { ElementPair } from "./contract-pairs.ts";
import { both, diffRule, type Spot } from "./diff-rule.ts";
import { matchRoles, matchServers, rolePath, serverNotes, serverPath } from "./port-rules.ts";
import { matchPromises, promisePath } from "./promise-rules.ts";
import { matchQuality, qualityPath } from "./quality-rules.ts";
import { show, wasIs } from "./show-value.ts";

const outcomes = { changed: both("docs", "PATCH") };
type Docs = Spot<"changed">;

/** What reads like words to people: everything that no other rule looks at. */
const notes = {
  contract: [
    "tenant",
    "dataProduct",
    "context",
    "tags",
    "support",
    "team",
    "authoritativeDefinitions",
    "customProperties",
    "contractCreatedTs",
    "slaDefaultElement",
  ],
  description: ["authoritativeDefinitions", "customProperties"],
  element: [
    "businessName",
    "synonyms",
    "description",
    "semanticType",
    "dataGranularityDescription",
    "context",
    "examples",
    "transformDescription",
    "tags",
    "authoritativeDefinitions",
  ],
  quality: [
    "id",
    "name",
    "description",
    "dimension",
    "method",
    "businessImpact",
    "schedule",
    "scheduler",
    "tags",
    "authoritativeDefinitions",
    "customProperties",
  ],
  promise: ["id", "driver", "description", "scheduler", "schedule", "authoritativeDefinitions", "customProperties"],
  role: ["id", "description", "customProperties"],
} as const;

function compareNotes(path: string, before: object, after: object, keys: readonly string[]): Docs[] {
  const value = (owner: object, key: string): unknown => (owner as Record<string, unknown>)[key];
  const changed = keys.filter((key) => !isDeepStrictEqual(value(before, key), value(after, key)));
  return changed.flatMap((key): Docs[] => {
    const [from, to] = [value(before, key), value(after, key)];
    if (key === "customProperties") return compareCustom(path, propertyList(from), propertyList(to));
    return [{ outcome: "changed", path: `${path}/${key}`, message: `${key} ${wasIs(from, to)}` }];
  });
}

/** Each by its name, so that a long value is not told because of a short one beside it. */
function compareCustom(path: string, before: readonly CustomProperty[], after: readonly CustomProperty[]): Docs[] {
  const [from, to] = [before, after].map((list) => Map.groupBy(list, ({ property }) => property));
  const names = [...new Set([...before, ...after].map(({ property }) => property))];
  return names
    .filter((name) => !isDeepStrictEqual(from?.get(name), to?.get(name)))
    .map((name) => ({
      outcome: "changed",
      path: `${path}/customProperties[property=${name}]`,
      message: `The custom property ${show(name)} ${news(from?.get(name), to?.get(name))}`,
    }));
}

function news(before: readonly CustomProperty[] | undefined, after: readonly CustomProperty[] | undefined): string {
  if (before === undefined) return "is new";
  if (after === undefined) return "is gone";
  const plain = (list: readonly CustomProperty[]) => (list.length === 1 ? list[0]?.value : list);
  const [from, to] = [plain(before), plain(after)];
  return isDeepStrictEqual(from, to) ? "has other words" : wasIs(from, to);
}

/** Not only from contracts that have been judged. */
function propertyList(value: unknown): readonly CustomProperty[] {
  return Array.isArray(value) ? value : [];
}

const contractNotes = diffRule({
  row: 42,
  sees: "words about the contract, its promises, ports and roles",
  outcomes,
  find: (contracts: ElementPair<DataContract>) => {
    const { before, after } = contracts;
    return [
      ...compareNotes("", before, after, notes.contract),
      ...compareNotes("/description", before.description ?? {}, after.description ?? {}, notes.description),
      ...matchPromises(contracts).pairs.flatMap((pair) =>
        compareNotes(promisePath(pair.before), pair.before, pair.after, notes.promise),
      ),
      ...matchServers(contracts).pairs.flatMap((pair) =>
        compareNotes(
          serverPath(pair.before),
          pair.before,
          pair.after,
          serverNotes.filter((key) => key !== "roles"),
        ),
      ),
      ...matchRoles(contracts).flatMap(({ path, pairs }) =>
        pairs.flatMap(({ before, after }) =>
          compareNotes(rolePath(path, before), withoutTerms(before), withoutTerms(after), notes.role),
        ),
      ),
    ];
  },
});

/** What a role shows is looked at by the rule of roles. */
function withoutTerms(role: Role): Role {
  const terms: readonly string[] = Object.values(roleWords);
  return {
    ...role,
    customProperties: role.customProperties?.filter(({ property }) => !terms.includes(property)) ?? [],
  };
}

/** Custom properties that say something machines act on, which other rules look at. */
const registered = ["unit", "deprecated"];

function freeProperties({ customProperties = [] }: { readonly customProperties?: readonly CustomProperty[] }): unknown {
  return customProperties.filter(({ property }) => !registered.includes(property));
}

const elementNotes = diffRule({
  row: 42,
  sees: "words about an object or property, and about its quality rules",
  outcomes,
  find: (pair: ElementPair<SchemaObject | Property>) => {
    const { path, before, after } = pair;
    const free = {
      before: { customProperties: freeProperties(before) },
      after: { customProperties: freeProperties(after) },
    };
    return [
      ...compareNotes(path, before, after, notes.element),
      ...compareNotes(path, free.before, free.after, ["customProperties"]),
      ...compareNotes(path, labels(before, after), labels(after, before), ["enum"]),
      ...matchQuality(pair).pairs.flatMap((rule) =>
        compareNotes(qualityPath(path, rule.before), rule.before, rule.after, notes.quality),
      ),
    ];
  },
});

/** What enum values are called, of those that are in both; the values themselves are for other rules. */
function labels(element: SchemaObject | Property, other: SchemaObject | Property): object {
  const shared = new Set(enumOf(other).map(({ value }) => value));
  const values = enumOf(element).filter(({ value }) => shared.has(value));
  return { enum: Object.fromEntries(values.map(({ value, ...words }) => [String(value), words])) };
}

function enumOf(element: SchemaObject | Property): readonly EnumValue[] {
  return "enum" in element ? (element.enum ?? []) : [];
}

export const contractNoteRules = [contractNotes];
export const elementNoteRules = [elementNotes];
