import { isDeepStrictEqual } from "node:util";
import type { DataContract, Property, SchemaObject } from "../generated/odcs.ts";
import { type MatchedList, matchLists } from "./match-lists.ts";

/** An element of a contract before and after. Its path is the one it had before. */
export interface ElementPair<Value> {
  readonly path: string;
  readonly before: Value;
  readonly after: Value;
}

export interface ElementList<Value> extends MatchedList<Value> {
  /** `/schema`, `/schema[name=course]/properties` */
  readonly path: string;
}

export interface ObjectPair extends ElementPair<SchemaObject> {
  readonly properties: ElementList<Property>;
}

export interface PropertyPair extends ElementPair<Property> {
  /** What it is of its owner. `items` are the items of an array or the types of a map. */
  readonly part: "column" | "nested" | "items";
  /** Whether it is the whole key of its object. */
  readonly onlyKey: { readonly before: boolean; readonly after: boolean };
}

/** Two contracts, element beside element. What was added or removed is not looked into. */
export interface ContractPairs {
  readonly objectList: ElementList<SchemaObject>;
  readonly objects: readonly ObjectPair[];
  readonly propertyLists: readonly ElementList<Property>[];
  /** Those that differ in anything. */
  readonly properties: readonly PropertyPair[];
}

export function pairContracts(before: DataContract, after: DataContract): ContractPairs {
  const objectList = elementList("/schema", before.schema ?? [], after.schema ?? []);
  const objects = objectList.pairs.map((pair) => pairObject(pair));
  const properties = objects.flatMap(columnPairs);
  const nested = properties.flatMap(({ path, before: from, after: to }) =>
    from.properties || to.properties
      ? [elementList(`${path}/properties`, from.properties ?? [], to.properties ?? [])]
      : [],
  );
  return { objectList, objects, propertyLists: [...objects.map((object) => object.properties), ...nested], properties };
}

/** What others know an element by: its id, or its name where it has none. */
export function identityOf({ id, name }: { readonly id?: string; readonly name?: string }): string | undefined {
  return id ?? name;
}

export function elementPath(list: string, { name, id }: { readonly id?: string; readonly name?: string }): string {
  return `${list}[name=${name ?? id ?? ""}]`;
}

function elementList<Value extends { id?: string; name?: string }>(
  path: string,
  before: readonly Value[],
  after: readonly Value[],
): ElementList<Value> {
  return { path, ...matchLists(before, after, [identityOf, ({ name }) => name]) };
}

function pairObject({ before, after }: { readonly before: SchemaObject; readonly after: SchemaObject }): ObjectPair {
  const path = elementPath("/schema", before);
  return {
    path,
    before,
    after,
    properties: elementList(`${path}/properties`, before.properties ?? [], after.properties ?? []),
  };
}

function columnPairs({ properties, before, after }: ObjectPair): PropertyPair[] {
  const keys = { before: keySize(before), after: keySize(after) };
  return properties.pairs.flatMap((pair) => {
    const onlyKey = {
      before: keys.before === 1 && pair.before.primaryKey === true,
      after: keys.after === 1 && pair.after.primaryKey === true,
    };
    // most columns of most changes: whatever a rule looks at is the same
    if (onlyKey.before === onlyKey.after && isDeepStrictEqual(pair.before, pair.after)) return [];
    return withInner({ ...pair, path: elementPath(properties.path, pair.before), part: "column", onlyKey });
  });
}

function keySize({ properties = [] }: SchemaObject): number {
  return properties.filter(({ primaryKey }) => primaryKey === true).length;
}

const noKey = { before: false, after: false };

function withInner(pair: PropertyPair): PropertyPair[] {
  const { path, before, after } = pair;
  const nested = elementList(`${path}/properties`, before.properties ?? [], after.properties ?? []);
  const inner = nested.pairs.flatMap((one) =>
    withInner({ ...one, path: elementPath(nested.path, one.before), part: "nested", onlyKey: noKey }),
  );
  const types = [
    [`${path}/items`, before.items, after.items] as const,
    [`${path}/map/key`, before.map?.key, after.map?.key] as const,
    [`${path}/map/value`, before.map?.value, after.map?.value] as const,
  ].flatMap(([at, from, to]) =>
    from && to ? withInner({ path: at, before: from, after: to, part: "items", onlyKey: noKey }) : [],
  );
  return [pair, ...inner, ...types];
}
