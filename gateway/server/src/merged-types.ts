import type { MergedTypeConfig, SubschemaConfig } from "@graphql-tools/delegate";
import { getDirective, MapperKind, mapSchema } from "@graphql-tools/utils";
import { limits } from "@thoth/subgraph/limits";
import {
  type GraphQLObjectType,
  type GraphQLSchema,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
} from "graphql";

/** Names of the fields that identify an object of this type in all domains; undefined for types that have no key. */
export function keyFields(schema: GraphQLSchema, type: GraphQLObjectType): readonly string[] | undefined {
  const selection = getDirective(schema, type, "key")?.[0]?.selectionSet;
  if (typeof selection !== "string") return undefined;
  const [operation] = parse(selection).definitions as OperationDefinitionNode[];
  const fields = operation?.selectionSet.selections.filter((node) => node.kind === Kind.FIELD) ?? [];
  return fields.map((field) => field.name.value);
}

/** Type name → its key fields, for types that more than one domain contributes to. */
export function mergedTypes(schemas: readonly GraphQLSchema[]): Map<string, readonly string[]> {
  const keys = schemas.flatMap((schema) =>
    Object.values(schema.getTypeMap()).flatMap((type) => {
      const key = isObjectType(type) ? keyFields(schema, type) : undefined;
      return key === undefined ? [] : [[type.name, key] as const];
    }),
  );
  const merged = [...Map.groupBy(keys, ([name]) => name)].filter(([, uses]) => uses.length > 1);
  return new Map(merged.map(([name, uses]) => [name, uses[0]?.[1] ?? []]));
}

/**
 * One domain being down, or not knowing a key, must not null what another one answers: root fields, and besides the key
 * the fields of merged types, are nullable at the gateway.
 */
export function relaxFields(schema: GraphQLSchema, merged: ReadonlyMap<string, readonly string[]>): GraphQLSchema {
  const root = schema.getQueryType()?.name;
  const isRelaxed = (type: string, field: string) => type === root || merged.get(type)?.includes(field) === false;
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const strict = types.some((type) =>
    Object.values(type.getFields()).some((field) => isNonNullType(field.type) && isRelaxed(type.name, field.name)),
  );
  // A copy of a whole schema costs as much as everything else here; most domains need none.
  if (!strict) return schema;
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, name, typeName) =>
      isNonNullType(field.type) && isRelaxed(typeName, name) ? { ...field, type: field.type.ofType } : undefined,
  });
}

/** Response names under which the gateway asks for keys. Readers may not use them, so no alias of theirs hides a key. */
export function keyAlias(field: string): string {
  return `__key_${field}`;
}

/** How a row of a merged type is looked up in this domain, with keys that no alias of the reader can be mistaken for. */
export function privateKeys(config: SubschemaConfig, merged: ReadonlyMap<string, readonly string[]>): SubschemaConfig {
  const merge = Object.entries(config.merge ?? {}).flatMap(([type, lookup]) => {
    const fields = merged.get(type);
    return fields === undefined ? [] : [[type, { ...lookup, ...lookupBy(fields) }]];
  });
  return { ...config, merge: Object.fromEntries(merge) };
}

function lookupBy(fields: readonly string[]): Partial<MergedTypeConfig> {
  return {
    selectionSet: `{ ${fields.map((field) => `${keyAlias(field)}: ${field}`).join(" ")} }`,
    key: (row) => Object.fromEntries(fields.map((field) => [field, row[keyAlias(field)]])),
    dataLoaderOptions: { maxBatchSize: limits.maxListValues },
  };
}
