import type { ExecutionRequest } from "@graphql-tools/utils";
import {
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import { gatewayError } from "./errors.ts";
import { keyAlias, keyFields } from "./merged-types.ts";

/** Lookup field → the type it looks up, and the fields of its key. */
export type Lookups = ReadonlyMap<string, { readonly type: string; readonly key: readonly string[] }>;

/** The lookups by key of a domain: `_unitByKeys`. */
export function lookupsOf(schema: GraphQLSchema): Lookups {
  const fields = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ name }) => name.startsWith("_"));
  return new Map(
    fields.flatMap(({ name, type: listType }) => {
      const type = getNamedType(listType);
      const key = isObjectType(type) ? keyFields(schema, type) : undefined;
      return key === undefined ? [] : [[name, { type: type.name, key }] as const];
    }),
  );
}

/** The same operation, in which every row that a lookup answers tells its key. */
export function askForKeys(document: DocumentNode, lookups: Lookups): DocumentNode {
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? withKeys(definition, lookups) : definition,
  );
  return { ...document, definitions };
}

function withKeys(operation: OperationDefinitionNode, lookups: Lookups): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((node): SelectionNode => {
    const lookup = node.kind === Kind.FIELD ? lookups.get(node.name.value) : undefined;
    if (lookup === undefined || node.kind !== Kind.FIELD) return node;
    const asked = [...(node.selectionSet?.selections ?? []), ...lookup.key.map(keyNode)];
    return { ...node, selectionSet: { kind: Kind.SELECTION_SET, selections: asked } };
  });
  return { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } };
}

function keyNode(field: string): FieldNode {
  const name = (value: string) => ({ kind: Kind.NAME, value }) as const;
  return { kind: Kind.FIELD, name: name(field), alias: name(keyAlias(field)) };
}

/**
 * Gives every key the row that carries it, never the one in the same place: a short or shuffled answer would attach one
 * row's values to another without an error.
 * @throws MeshError `gateway/lookup-unkeyed`
 */
export function matchByKey(
  data: Readonly<Record<string, unknown>>,
  { document, variables }: Pick<ExecutionRequest, "document" | "variables">,
  { domain, lookups }: { readonly domain: string; readonly lookups: Lookups },
): Record<string, unknown> {
  const matched = { ...data };
  for (const node of topFields(document)) {
    const lookup = lookups.get(node.name.value);
    const place = node.alias?.value ?? node.name.value;
    const rows = data[place];
    if (lookup === undefined || !Array.isArray(rows)) continue;
    const byKey = new Map(
      rows
        .filter((row) => row !== null)
        .map((row) => {
          const key = keyText(row, lookup.key.map(keyAlias));
          if (key === undefined) throw gatewayError["lookup-unkeyed"]({ domain, type: lookup.type });
          return [key, row] as const;
        }),
    );
    matched[place] = keysOf(node, variables).map((key) => byKey.get(keyText(key, lookup.key) ?? "") ?? null);
  }
  return matched;
}

function topFields({ definitions }: DocumentNode): FieldNode[] {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return operations.flatMap(({ selectionSet }) => selectionSet.selections.filter((node) => node.kind === Kind.FIELD));
}

/** The gateway always passes keys in a variable. */
function keysOf({ arguments: args }: FieldNode, variables: ExecutionRequest["variables"]): readonly unknown[] {
  const value = args?.find(({ name }) => name.value === "keys")?.value;
  const keys: unknown = value?.kind === Kind.VARIABLE ? variables?.[value.name.value] : undefined;
  if (!Array.isArray(keys)) throw new Error("a lookup by key was asked without a variable of keys");
  return keys;
}

/** Undefined when a part is missing: such a row could be anybody's. Big numbers are texts in one place, numbers in another. */
function keyText(value: unknown, fields: readonly string[]): string | undefined {
  const parts = fields.map((field) => (value as Readonly<Record<string, unknown>>)[field]);
  return parts.some((part) => part === undefined || part === null) ? undefined : JSON.stringify(parts.map(String));
}
