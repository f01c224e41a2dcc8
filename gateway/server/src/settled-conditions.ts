import {
  type DirectiveNode,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import type { GatewayContext } from "./request-context.ts";

/**
 * Hands documents to the executor with `@skip` and `@include` carried out already. Delegation puts fields of one name
 * together before it looks at their conditions, and keeps only the first one's: `{ name @skip(if: true) name }` would
 * be null.
 */
export function settleConditions(): Plugin<GatewayContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) => executeFn({ ...args, document: settledDocument(args) }));
    },
  };
}

type Asked = Pick<ExecutionArgs, "schema" | "document" | "operationName" | "variableValues">;

/** The same document when it has no conditions, or when the executor will refuse its variables. */
function settledDocument({ schema, document, operationName, variableValues }: Asked): DocumentNode {
  if (!hasConditions(document)) return document;
  const variables = coerceVariables(schema, { document, operationName, variableValues });
  if (variables === undefined) return document;
  return visit(document, {
    // On leaving, so that what lies below is settled before its field may go.
    SelectionSet: { leave: (set) => settledSet(set, variables) },
  });
}

type Variables = Readonly<Record<string, unknown>>;

function coerceVariables(schema: GraphQLSchema, asked: Omit<Asked, "schema">): Variables | undefined {
  const operation = getOperationAST(asked.document, asked.operationName);
  if (!operation) return undefined;
  const { variableValues } = getVariableValues(schema, operation.variableDefinitions ?? [], asked.variableValues ?? {});
  return variableValues?.coerced;
}

function settledSet(set: SelectionSetNode, variables: Variables): SelectionSetNode {
  const selections = set.selections.filter((node) => isWanted(node, variables)).map(withoutConditions);
  return { ...set, selections: selections.length === 0 ? nothing : selections };
}

/** A document cannot say that an object has no fields; this field is never there. */
const nothing = (parse("{ _nothing: __typename @include(if: false) }").definitions[0] as OperationDefinitionNode)
  .selectionSet.selections;

function isWanted({ directives = [] }: SelectionNode, variables: Variables): boolean {
  return directives.filter(isCondition).every((directive) => {
    return judged(directive, variables) === (directive.name.value === "include");
  });
}

function judged({ arguments: args = [] }: DirectiveNode, variables: Variables): unknown {
  const value = args[0]?.value;
  if (value?.kind === Kind.VARIABLE) return variables[value.name.value];
  return value?.kind === Kind.BOOLEAN ? value.value : undefined;
}

function withoutConditions(node: SelectionNode): SelectionNode {
  const { directives = [] } = node;
  return directives.some(isCondition)
    ? { ...node, directives: directives.filter((directive) => !isCondition(directive)) }
    : node;
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === "skip" || name.value === "include";
}

function hasConditions(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive(directive) {
      found ||= isCondition(directive);
    },
  });
  return found;
}
