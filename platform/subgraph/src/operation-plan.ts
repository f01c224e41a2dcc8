import { hidesRows } from "@thoth/access/row-barrier";
import { isMeshError } from "@thoth/kernel/mesh-error";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  print,
  visit,
} from "graphql";
import type { ReadArgument } from "./enum-values.ts";
import { rootAggregateSql } from "./json-aggregate.ts";
import { rootLookupSql } from "./json-lookup.ts";
import { rootPageSql } from "./json-page.ts";
import { rowObject } from "./json-row.ts";
import { type JsonQuery, type JsonSelect, JsonStatement, type PlanningContext, Unplannable } from "./json-statement.ts";
import type { ProductGraph, TypeGraph } from "./product-graph.ts";
import { noCost, type QueryCost, rootCost, type Statistics } from "./query-cost.ts";
import { type DocumentInfo, readSelection, rootNodes, type Selection, typenameField } from "./selection.ts";

/** How one field of an operation is answered. */
export type RootPlan =
  | {
      readonly kind: "statement";
      readonly key: string;
      readonly nodes: readonly FieldNode[];
      readonly statement: JsonQuery;
      readonly cost: CostOf;
    }
  | { readonly kind: "constant"; readonly key: string; readonly json: string }
  | FallbackPlan;

/** Left to the reference executor. */
export interface FallbackPlan {
  readonly kind: "fallback";
  readonly key: string;
  readonly nodes: readonly FieldNode[];
  /** Why, for people. */
  readonly reason: string;
  readonly cost: CostOf;
}

/** What a field costs by what is known of the tables now. */
export type CostOf = (statistics: Statistics) => QueryCost;

/** Fields in the order of the answer. */
export interface OperationPlan {
  readonly operation: OperationDefinitionNode;
  /** Whether the answer is the same at any time, as long as the data are. */
  readonly timeless: boolean;
  readonly fields: readonly RootPlan[];
}

export interface PlannedOperation {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface ServedSchema {
  readonly schema: GraphQLSchema;
  readonly readArgument: ReadArgument;
}

/**
 * Plans a valid operation, field by field.
 * @returns undefined when the reference executor must see all of it: no query, variables that do not fit, directives
 *   that change how an operation is executed
 */
export function planOperation(
  { schema, readArgument }: ServedSchema,
  { document, operationName, variables = {} }: PlannedOperation,
  context: PlanningContext,
): OperationPlan | undefined {
  const operation = getOperationAST(document, operationName);
  const query = schema.getQueryType();
  if (operation?.operation !== "query" || !query || hasOtherDirectives(document)) return undefined;
  const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
  if (coerced.errors !== undefined) return undefined;
  const { variableValues } = coerced;
  const info = { schema, fragments: fragmentsOf(document), variableValues, typenames: true, readArgument };
  const root = { query, info, context, fields: rootFieldsOf(context.graph) };
  try {
    const nodes = rootNodes(info, query, operation.selectionSet);
    const timeless = !mentionsClock(document, variables);
    return { operation, timeless, fields: [...nodes].map(([key, same]) => planField(root, key, same)) };
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

interface Root {
  readonly query: GraphQLObjectType;
  readonly info: DocumentInfo;
  readonly context: PlanningContext;
  readonly fields: ReadonlyMap<string, RootField>;
}

interface RootField {
  readonly type: TypeGraph;
  readonly typeName: string;
  readonly select: (statement: JsonStatement, type: TypeGraph, selection: Selection) => JsonSelect;
}

function rootFieldsOf(graph: ProductGraph): ReadonlyMap<string, RootField> {
  const own = [...graph.values()].filter((type) => type.own);
  return new Map(
    own.flatMap((type): [string, RootField][] => {
      const { fieldName, typeName } = type.model;
      return [
        [fieldName, { type, typeName: `${typeName}Connection`, select: selectPage }],
        [`${fieldName}Aggregate`, { type, typeName: `${typeName}Aggregate`, select: selectGroups }],
        [`${fieldName}ByKey`, { type, typeName, select: selectRow }],
      ];
    }),
  );
}

const selectPage: RootField["select"] = (statement, type, selection) =>
  rootPageSql(statement, type, { selection, rowObject });
const selectGroups: RootField["select"] = (statement, type, selection) => ({
  sql: rootAggregateSql(statement, type, selection),
  pieces: false,
});
const selectRow: RootField["select"] = (statement, type, selection) => ({
  sql: rootLookupSql(statement, type, { selection, rowObject }),
  pieces: false,
});

function planField(root: Root, key: string, nodes: readonly FieldNode[]): RootPlan {
  const [node] = nodes;
  const name = node?.name.value ?? "";
  if (name === typenameField) return { kind: "constant", key, json: JSON.stringify(root.query.name) };
  let cost: CostOf = () => noCost;
  const fallback = (reason: string): FallbackPlan => ({ kind: "fallback", key, nodes, reason, cost });
  const field = root.fields.get(name);
  const definition = root.query.getFields()[name];
  if (field === undefined || definition === undefined) return fallback(`${name} is not made from a contract`);
  if (getNamedType(definition.type).name !== field.typeName) return fallback(`${name} is of another type here`);
  try {
    const at = { ...root.info, fieldName: name, fieldNodes: [...nodes], parentType: root.query };
    const statement = new JsonStatement(root.context);
    const selection = readSelection(at);
    const isSearched = hidesRows(statement.decisionOn(field.type.model));
    cost = (statistics) => rootCost(statistics, field.type, { selection, isSearched });
    const select = field.select(statement, field.type, selection);
    return { kind: "statement", key, nodes, statement: statement.finish(select), cost };
  } catch (error) {
    if (isMeshError(error)) return fallback(`${error.code}: ${error.message}`);
    if (error instanceof Unplannable || error instanceof GraphQLError) return fallback(error.message);
    throw error;
  }
}

/** Only `withinLast` counts from the instant of the request. A word that looks like it costs no more than a cache hit. */
function mentionsClock(document: DocumentNode, variables: Readonly<Record<string, unknown>>): boolean {
  return print(document).includes("withinLast") || JSON.stringify(variables).includes("withinLast");
}

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return Object.fromEntries(fragments.map((fragment) => [fragment.name.value, fragment]));
}

function hasOtherDirectives(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive({ name }) {
      found ||= name.value !== "skip" && name.value !== "include";
    },
  });
  return found;
}
