import type { ProductModel } from "@thoth/contract/product-model";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  valueFromASTUntyped,
} from "graphql";
import { findColumns } from "./usage-arguments.ts";
import type { ReadPart, UsageMeaning } from "./usage-meaning.ts";

/** What one operation reads: every product once, its columns in alphabetical order. */
export type Reads = readonly ReadPart[];

export interface ServedUsage {
  readonly schema: GraphQLSchema;
  readonly meaning: UsageMeaning;
}

export type Variables = Readonly<Record<string, unknown>>;

/** Walks the selections of a valid operation, with what its variables say. */
export function readsOf(
  served: ServedUsage,
  { document, root, selectionSet }: { document: DocumentNode; root: GraphQLObjectType; selectionSet: SelectionSetNode },
  variables: Variables,
): Reads {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  const found: Walk["found"] = new Map();
  walkSet({ served, fragments, variables, spread: new Set(), found }, root, selectionSet);
  return [...found].map(([model, columns]) => ({ model, columns: [...columns].toSorted() }));
}

interface Walk {
  readonly served: ServedUsage;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Variables;
  /** Fragments that were walked: what they read is the same wherever they are spread. */
  readonly spread: Set<string>;
  readonly found: Map<ProductModel, Set<string>>;
}

function walkSet(walk: Walk, type: GraphQLObjectType, { selections }: SelectionSetNode): void {
  for (const node of selections) if (isIncluded(walk, node)) walkSelection(walk, type, node);
}

function walkSelection(walk: Walk, type: GraphQLObjectType, node: SelectionNode): void {
  if (node.kind === Kind.FIELD) walkField(walk, type, node);
  else if (node.kind === Kind.INLINE_FRAGMENT) walkOn(walk, node.typeCondition?.name.value ?? type.name, node);
  else walkSpread(walk, node.name.value);
}

function walkSpread(walk: Walk, name: string): void {
  const fragment = walk.fragments.get(name);
  if (fragment === undefined || walk.spread.has(name)) return;
  walk.spread.add(name);
  walkOn(walk, fragment.typeCondition.name.value, fragment);
}

function walkOn(walk: Walk, typeName: string, { selectionSet }: { readonly selectionSet: SelectionSetNode }): void {
  const type = walk.served.schema.getType(typeName);
  if (isObjectType(type)) walkSet(walk, type, selectionSet);
}

function walkField(walk: Walk, parent: GraphQLObjectType, node: FieldNode): void {
  const { meaning } = walk.served;
  for (const part of meaning.fields.get(parent.name)?.get(node.name.value) ?? []) add(walk, part);
  const field = parent.getFields()[node.name.value];
  if (field === undefined) return;
  const type = getNamedType(field.type);
  const model = meaning.types.get(type.name);
  if (model !== undefined) add(walk, { model, columns: [] });
  walkArguments(walk, field, node);
  if (node.selectionSet !== undefined && isObjectType(type)) walkSet(walk, type, node.selectionSet);
}

function walkArguments(walk: Walk, { args }: GraphQLField<unknown, unknown>, node: FieldNode): void {
  const { inputs } = walk.served.meaning;
  const found = (part: ReadPart) => add(walk, part);
  for (const { name, value } of node.arguments ?? []) {
    const type = args.find((argument) => argument.name === name.value)?.type;
    if (type !== undefined) findColumns({ inputs, found }, type, valueFromASTUntyped(value, walk.variables));
  }
}

function add({ found }: Walk, { model, columns }: ReadPart): void {
  const known = found.get(model) ?? new Set();
  found.set(model, known);
  for (const column of columns) known.add(column);
}

function isIncluded({ variables }: Walk, { directives = [] }: SelectionNode): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    const condition = given.find((argument) => argument.name.value === "if");
    const holds = condition !== undefined && valueFromASTUntyped(condition.value, variables) === true;
    if (name.value === "skip") return !holds;
    return name.value !== "include" || holds;
  });
}
