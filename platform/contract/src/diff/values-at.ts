import { keyColumns } from "../describe-columns.ts";
import type { DataContract, Property, QualityRule, SchemaObject } from "../generated/odcs.ts";
import { identityOf } from "./contract-pairs.ts";
import { matchLists } from "./match-lists.ts";
import { matchServers } from "./port-rules.ts";
import { matchPromises } from "./promise-rules.ts";
import { matchQuality, qualityName } from "./quality-rules.ts";

export interface PathStep {
  readonly key: string;
  /** Which entry of a list: `name=fee`. */
  readonly entry?: { readonly by: string; readonly is: string };
}

/** `/schema[name=course]/properties[name=fee]/required` in its three steps. */
export function stepsOf(path: string): PathStep[] {
  return [...path.matchAll(/\/(\w+)(?:\[(\w+)=([^\]]*)\])?/g)].map(([, key = "", by, is = ""]) => ({
    key,
    ...(by !== undefined && { entry: { by, is } }),
  }));
}

interface Sides {
  readonly before: unknown;
  readonly after: unknown;
}

/** What stands at a difference's path, before and after; its path has the names from before. */
export function valuesAt(path: string, before: DataContract, after: DataContract): Sides {
  return stepsOf(path).reduce<Sides>(
    (sides, step) => (step.entry === undefined ? stepInto(step.key, sides) : stepToEntry(step, sides)),
    { before, after },
  );
}

function stepInto(key: string, { before, after }: Sides): Sides {
  return { before: partOf(key, before), after: partOf(key, after) };
}

/** Two keys stand for what the standard spreads over several places. */
function partOf(key: string, owner: unknown): unknown {
  if (key === "validValues") return closedValues(owner);
  if (key === "primaryKey" && isRecord(owner) && "properties" in owner)
    return keyColumns({ path: [], value: owner as unknown as SchemaObject });
  return isRecord(owner) ? owner[key] : undefined;
}

function closedValues(rules: unknown): unknown {
  const list = Array.isArray(rules) ? (rules as QualityRule[]) : [];
  return list.find(({ metric }) => metric === "invalidValues")?.arguments?.validValues;
}

function stepToEntry({ key, entry }: PathStep, sides: Sides): Sides {
  const { pairs, removed, added } = matchEntries(key, sides);
  const named = (value: unknown) => nameIn(key, value, entry?.by ?? "") === entry?.is;
  const pair = pairs.find(({ before }) => named(before));
  if (pair !== undefined) return pair;
  return { before: removed.find(named), after: added.find(named) };
}

interface Matched {
  readonly pairs: readonly Sides[];
  readonly removed: readonly unknown[];
  readonly added: readonly unknown[];
}

/** The same counterparts as the rules have found. */
function matchEntries(key: string, { before, after }: Sides): Matched {
  const owners = { path: "", before: before ?? {}, after: after ?? {} } as never;
  if (key === "quality") return matchQuality(owners);
  if (key === "slaProperties") return matchPromises(owners);
  if (key === "servers") return matchServers(owners);
  const [from, to] = [listOf(key, before), listOf(key, after)];
  if (key === "schema" || key === "properties") return matchLists<Property>(from, to, [identityOf, ({ name }) => name]);
  return matchLists(from, to, [
    ({ id }: Property) => id,
    (value) => nameIn(key, value, "to") ?? nameIn(key, value, "role") ?? nameIn(key, value, "property"),
    (value) => JSON.stringify((value as { from?: unknown }).from ?? ""),
  ]);
}

function listOf(key: string, owner: unknown): readonly Property[] {
  const list = isRecord(owner) ? owner[key] : undefined;
  return Array.isArray(list) ? list : [];
}

function nameIn(key: string, value: unknown, by: string): string | undefined {
  if (key === "quality") return qualityName(value as QualityRule);
  const name = isRecord(value) ? (value[by] ?? (by === "name" ? value.id : undefined)) : undefined;
  return name === undefined ? undefined : [name].flat().join(",");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
