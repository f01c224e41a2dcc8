import type { CatalogEntry } from "@thoth/subgraph/served-graph";
import {
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  getOperationAST,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from "graphql";

/** `DataProduct.upstream` → how many entries that list has, at most or on average; undefined when nobody has counted. */
export interface ListSizes {
  get(place: string): number | undefined;
}

/** Entries of a list that nobody has counted. */
const usualSize = 10;

/** What discovery's lists hold: products lead to each other, so a short question could ask for all paths between them. */
export function discoverySizes(entries: readonly CatalogEntry[]): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  for (const id of entries.flatMap(({ inputPorts }) => inputPorts)) readers.set(id, (readers.get(id) ?? 0) + 1);
  const most = (counts: readonly number[]) => Math.max(1, ...counts);
  return new Map([
    ["Query.dataProducts", Math.max(1, entries.length)],
    ["DataProduct.upstream", most(entries.map(({ inputPorts }) => inputPorts.length))],
    ["DataProduct.downstream", most([...readers.values()])],
    ["DataProduct.columns", most(entries.map(({ model }) => model.columns.length))],
  ]);
}

/** What introspection's lists hold on average: the usual question for a whole schema has to remain possible. */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = composite.flatMap((type) => Object.values(type.getFields()));
  const inputs = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()));
  const per = (count: number, of: number) => Math.max(0.1, count / Math.max(1, of));
  return new Map([
    ["__Schema.types", types.length],
    ["__Type.fields", per(fields.length, types.length)],
    ["__Type.inputFields", per(inputs.length, types.length)],
    ["__Type.enumValues", 1],
    ["__Type.interfaces", 0.1],
    ["__Type.possibleTypes", 0.1],
    ["__Field.args", per(fields.flatMap(({ args }) => args).length, fields.length)],
  ]);
}

export type CountedOperation = Pick<ExecutionArgs, "schema" | "document" | "operationName" | "variableValues">;

/** Values in what an operation asks of the gateway's own fields and of the schema, about. */
export function discoveryCost(
  { schema, document, operationName, variableValues }: CountedOperation,
  own: GraphQLSchema,
  sizes: ListSizes,
): number {
  const operation = getOperationAST(document, operationName);
  const type = operation && schema.getRootType(operation.operation);
  if (!operation || !type) return 0;
  const definitions = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const fragments = new Map(definitions.map((node) => [node.name.value, node]));
  const ownFields = own.getRootType(operation.operation)?.getFields() ?? {};
  const isCounted = (name: string) => Object.hasOwn(ownFields, name) || name === "__schema" || name === "__type";
  return costOf(operation.selectionSet, type, { fragments, sizes, variables: variableValues ?? {}, isCounted });
}

interface Counting {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly sizes: ListSizes;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly isCounted: (field: string) => boolean;
}

/** For one object of a type. A document's fields are limited with fragments taken apart, so this ends soon. */
function costOf(set: SelectionSetNode, type: GraphQLOutputType, counting: Counting): number {
  let cost = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) cost += fieldCost(node, type, counting);
    else {
      const inner = node.kind === Kind.INLINE_FRAGMENT ? node : counting.fragments.get(node.name.value);
      if (inner !== undefined) cost += costOf(inner.selectionSet, type, counting);
    }
  }
  return cost;
}

function fieldCost(node: FieldNode, parent: GraphQLOutputType, counting: Counting): number {
  const name = node.name.value;
  if (!counting.isCounted(name)) return 0;
  const field = fieldOf(parent, name);
  if (field === undefined) return 1;
  const size = isListType(getNullableType(field.type)) ? listSize(node, field, { parent, counting }) : 1;
  if (node.selectionSet === undefined) return size;
  return 1 + size * costOf(node.selectionSet, getNamedType(field.type), { ...counting, isCounted: () => true });
}

type CountedField = Pick<GraphQLField<unknown, unknown>, "type" | "args">;

/** A page holds as many as are asked for, or as there are. */
function listSize(
  node: FieldNode,
  { args }: CountedField,
  { parent, counting }: { readonly parent: GraphQLOutputType; readonly counting: Counting },
): number {
  const size = counting.sizes.get(`${getNamedType(parent).name}.${node.name.value}`) ?? usualSize;
  const first = args.find(({ name }) => name === "first");
  if (first === undefined) return size;
  const given = node.arguments?.find(({ name }) => name.value === "first")?.value;
  const asked = given === undefined ? first.defaultValue : numberOf(given, counting.variables);
  return typeof asked === "number" ? Math.min(size, Math.max(0, asked)) : size;
}

/** @returns undefined for a variable that was not given: its default counts as all that there is */
function numberOf(node: ValueNode, variables: Counting["variables"]): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value];
  return node.kind === Kind.INT ? Number(node.value) : undefined;
}

function fieldOf(type: GraphQLOutputType, name: string): CountedField | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  const named = getNamedType(type);
  return isCompositeType(named) && "getFields" in named ? named.getFields()[name] : undefined;
}
