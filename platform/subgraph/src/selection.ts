import {
  type FieldNode,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { ReadArgument } from "./enum-values.ts";

/**
 * One selected field with all that is selected below it, as the executor will see it: fragments are resolved, what
 * `@skip` and `@include` leave out is gone, the same field selected twice is one.
 */
export interface Selection {
  readonly field: string;
  /** Alias, or the field's name. */
  readonly responseKey: string;
  /** Response keys from the field that was read first to this one: `units.nodes.loansAggregate`. */
  readonly path: string;
  /** Coerced, with defaults. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Type the field yields, without lists and non-null. */
  readonly typeName: string;
  /** Columns that a field written in a product's `graph.ts` declares to need. */
  readonly needs: readonly string[];
  /** Empty for leaves. `__typename` needs no data and is left out unless it is asked for. */
  readonly children: readonly Selection[];
}

/** The part of the resolver's information that a selection is read from. */
export type SelectionInfo = DocumentInfo & Pick<GraphQLResolveInfo, "fieldName" | "fieldNodes" | "parentType">;

export interface DocumentInfo extends Pick<GraphQLResolveInfo, "fragments" | "schema" | "variableValues"> {
  /** True when `__typename` is wanted among the children. */
  readonly typenames?: boolean;
  /** What an argument means that was coerced with another schema's types. */
  readonly readArgument?: ReadArgument;
}

export const typenameField = "__typename";

/** The fields of an operation: response key → the nodes that select it. */
export function rootNodes(
  info: DocumentInfo,
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode,
): ReadonlyMap<string, readonly FieldNode[]> {
  const grouped = new Map<string, FieldNode[]>();
  collect({ ...info, seen: new Set(), grouped, type, typenames: true, introspection: true }, selectionSet);
  return grouped;
}

export function readSelection(info: SelectionInfo): Selection {
  return readField({ ...info, path: "" }, info.parentType, info.fieldNodes);
}

/** Children with this name; several when it is selected under several aliases. */
export function selected(selection: Selection | undefined, field: string): Selection[] {
  return selection?.children.filter((child) => child.field === field) ?? [];
}

/** A document, and how far one has come down in it. */
interface Place extends DocumentInfo {
  readonly path: string;
}

function readField(info: Place, parent: GraphQLObjectType, nodes: readonly FieldNode[]): Selection {
  const [node] = nodes;
  if (node?.name.value === typenameField) return readTypename(info, parent, node);
  const definition = node && parent.getFields()[node.name.value];
  if (node === undefined || definition === undefined) throw new Error(`no field to select in ${parent.name}`);
  const type = getNamedType(definition.type);
  const path = below(info, node);
  return {
    field: node.name.value,
    responseKey: responseKey(node),
    path,
    args: readArguments(info, definition, node),
    typeName: type.name,
    needs: (definition.extensions.columns as readonly string[] | undefined) ?? [],
    children: isObjectType(type) ? readChildren({ ...info, path }, type, nodes) : [],
  };
}

function readArguments(info: DocumentInfo, definition: GraphQLField<unknown, unknown>, node: FieldNode) {
  const args = getArgumentValues(definition, node, info.variableValues);
  const { readArgument } = info;
  if (readArgument === undefined) return { ...args };
  const types = new Map(definition.args.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      const type = types.get(name);
      return [name, type === undefined ? value : readArgument(type, value)];
    }),
  );
}

function readTypename(at: Place, parent: GraphQLObjectType, node: FieldNode): Selection {
  const nothing = { args: {}, needs: [], children: [] };
  const path = below(at, node);
  return { field: typenameField, responseKey: responseKey(node), path, typeName: parent.name, ...nothing };
}

function below({ path }: Place, node: FieldNode): string {
  return path === "" ? responseKey(node) : `${path}.${responseKey(node)}`;
}

function readChildren(info: Place, type: GraphQLObjectType, nodes: readonly FieldNode[]): Selection[] {
  const grouped = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  for (const { selectionSet } of nodes) {
    if (selectionSet !== undefined) collect({ ...info, seen, grouped, type }, selectionSet);
  }
  return [...grouped.values()].map((same) => readField(info, type, same));
}

interface Collecting extends DocumentInfo {
  /** True when the fields of introspection are wanted too. */
  readonly introspection?: boolean;
  readonly type: GraphQLObjectType;
  /** Names of the fragments that were spread already. */
  readonly seen: Set<string>;
  /** Response key → nodes. */
  readonly grouped: Map<string, FieldNode[]>;
}

function collect(into: Collecting, { selections }: SelectionSetNode): void {
  for (const node of selections) {
    if (!isIncluded(into, node)) continue;
    if (node.kind === Kind.FIELD) collectField(into, node);
    else if (node.kind === Kind.INLINE_FRAGMENT)
      collectFragment(into, node.typeCondition?.name.value, node.selectionSet);
    else collectSpread(into, node.name.value);
  }
}

function collectField(into: Collecting, node: FieldNode): void {
  const { grouped } = into;
  const name = node.name.value;
  if (name.startsWith("__") && !into.introspection && !(name === typenameField && into.typenames)) return;
  const key = responseKey(node);
  grouped.set(key, [...(grouped.get(key) ?? []), node]);
}

function collectSpread(into: Collecting, name: string): void {
  const fragment = into.fragments[name];
  if (fragment === undefined || into.seen.has(name)) return;
  into.seen.add(name);
  collectFragment(into, fragment.typeCondition.name.value, fragment.selectionSet);
}

function collectFragment(into: Collecting, condition: string | undefined, selectionSet: SelectionSetNode): void {
  if (condition === undefined || applies(into, condition)) collect(into, selectionSet);
}

function applies({ schema, type }: Collecting, condition: string): boolean {
  if (condition === type.name) return true;
  const named = schema.getType(condition) as GraphQLNamedOutputType | undefined;
  return named !== undefined && isAbstractType(named) && schema.isSubType(named, type);
}

function isIncluded({ variableValues }: DocumentInfo, node: SelectionNode): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, node, variableValues)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variableValues)?.if !== false;
}

function responseKey(node: FieldNode): string {
  return node.alias?.value ?? node.name.value;
}
