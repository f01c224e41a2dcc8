import type { MeshError } from "@thoth/kernel/mesh-error";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isIntrospectionType,
  isObjectType,
  printType,
} from "graphql";
import { gatewayError } from "./errors.ts";
import { keyFields } from "./merged-types.ts";

/**
 * Refuses what stitching would settle without a word, the last one winning: two domains that define the same field, or
 * a type of the same name differently. Types that the platform puts into every subgraph alike may repeat.
 * @throws MeshError `gateway/type-conflict`, `gateway/key-conflict`, `gateway/name-reserved`
 */
export function refuseConflicts(subgraphs: readonly CheckedSubgraph[], own: GraphQLSchema): void {
  for (const subgraph of subgraphs) refuseReserved(subgraph, own);
  const uses = subgraphs.flatMap(({ domain, schema, products }) =>
    Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type))
      .map((type): TypeUse => {
        const isOwner = products.some(({ typeName }) => typeName === type.name);
        return { domain, schema, type, isOwner };
      }),
  );
  const sameName = [...Map.groupBy(uses, ({ type }) => type.name).values()];
  const isMerged = (group: readonly TypeUse[]) => group.every(isRootOrKeyed);
  // Conflicts of rows come first: those of their inputs and connections only follow from them.
  for (const group of sameName.filter(isMerged)) refuseSharedFields(group);
  for (const group of sameName.filter((each) => !isMerged(each))) refuseDifferent(group);
}

export type CheckedSubgraph = Pick<Subgraph, "domain" | "schema" | "products">;

interface TypeUse {
  readonly domain: string;
  readonly schema: GraphQLSchema;
  readonly type: GraphQLNamedType;
  /** True where the type is a product's, false where a reference to it makes a stub. */
  readonly isOwner: boolean;
}

function refuseReserved({ domain, schema }: CheckedSubgraph, own: GraphQLSchema): void {
  for (const name of Object.keys(own.getQueryType()?.getFields() ?? {})) {
    if (schema.getQueryType()?.getFields()[name] !== undefined) throw gatewayError["name-reserved"]({ name, domain });
  }
  for (const type of Object.values(own.getTypeMap())) {
    const theirs = type === own.getQueryType() || isIntrospectionType(type) ? undefined : schema.getType(type.name);
    if (theirs !== undefined && printType(theirs) !== printType(type)) {
      throw gatewayError["name-reserved"]({ name: type.name, domain });
    }
  }
}

function refuseDifferent([first, ...others]: readonly TypeUse[]): void {
  const different = others.find(({ type }) => first !== undefined && printType(type) !== printType(first.type));
  if (first === undefined || different === undefined) return;
  throw conflict(first.type.name, first.domain, different.domain);
}

function isRootOrKeyed({ schema, type }: TypeUse): boolean {
  return type === schema.getQueryType() || (isObjectType(type) && keyFields(schema, type) !== undefined);
}

/** Of the root type the lookups may repeat, of a type with a key the key. */
function refuseSharedFields(uses: readonly TypeUse[]): void {
  refuseSecondOwner(uses);
  refuseOtherKeys(uses);
  const owners = new Map<string, string>();
  for (const { domain, schema, type } of uses) {
    const object = type as GraphQLObjectType;
    const key = keyFields(schema, object) ?? [];
    for (const field of Object.keys(object.getFields())) {
      if (key.includes(field) || (key.length === 0 && field.startsWith("_"))) continue;
      const owner = owners.get(field);
      if (owner !== undefined) throw conflict(`${type.name}.${field}`, owner, domain);
      owners.set(field, domain);
    }
  }
}

function refuseSecondOwner(uses: readonly TypeUse[]): void {
  const [owner, second] = uses.filter(({ isOwner }) => isOwner);
  if (owner !== undefined && second !== undefined) throw conflict(owner.type.name, owner.domain, second.domain);
}

function refuseOtherKeys(uses: readonly TypeUse[]): void {
  const keys = uses.map(({ domain, schema, type }) => ({ domain, key: printKey(schema, type as GraphQLObjectType) }));
  const [first] = keys;
  const different = keys.find(({ key }) => key !== first?.key);
  if (first === undefined || different === undefined) return;
  const type = uses[0]?.type.name ?? "";
  const both = [first, different];
  throw gatewayError["key-conflict"]({
    type,
    keys: both.map(({ key }) => key),
    domains: both.map(({ domain }) => domain),
  });
}

/** `{ code: String! }`; empty for the root type. */
function printKey(schema: GraphQLSchema, type: GraphQLObjectType): string {
  const parts = (keyFields(schema, type) ?? []).map((field) => `${field}: ${type.getFields()[field]?.type}`);
  return parts.length === 0 ? "" : `{ ${parts.sort().join(", ")} }`;
}

function conflict(name: string, ...domains: readonly [string, string]): MeshError {
  return gatewayError["type-conflict"]({ name, domains });
}
