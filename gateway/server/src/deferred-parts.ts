import {
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  type InlineFragmentNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  visit,
} from "graphql";

/** A question in parts that share no field: together their answers are the answer to the whole. */
export interface DeferredParts {
  /** Answered first. */
  readonly first: string;
  readonly later: readonly LaterPart[];
}

export interface LaterPart {
  readonly label: string | undefined;
  readonly query: string;
}

/**
 * Takes fragments at the top that are deferred out of an operation. The directive is a wish: what is deferred further
 * below, or asks for a field that another part asks for too, or would be one too many, stays where it is.
 * @returns undefined when nothing can come later
 */
export function splitDeferred(
  document: DocumentNode,
  operationName: string | undefined,
  variables: Readonly<Record<string, unknown>>,
): DeferredParts | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== "query") return undefined;
  const split = splitSelections(operation, document, variables);
  if (split === undefined) return undefined;
  const part = (selections: readonly SelectionNode[]) => print(partOf(document, operation, selections));
  const later = split.later.map(({ node, label }) => ({ label, query: part([node]) }));
  return { first: part(split.first), later };
}

const undeferred = new WeakMap<DocumentNode, DocumentNode>();

/** The same document, all at once: the very same when nothing in it is deferred. */
export function withoutDefer(document: DocumentNode): DocumentNode {
  const known = undeferred.get(document) ?? strip(document);
  undeferred.set(document, known);
  return known;
}

function strip<Node extends ASTNode>(node: Node): Node {
  return visit(node, { Directive: (directive) => (isDefer(directive) ? null : undefined) });
}

interface LaterNode {
  readonly node: SelectionNode;
  readonly label: string | undefined;
}

function splitSelections(
  { selectionSet: { selections } }: OperationDefinitionNode,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): { readonly first: readonly SelectionNode[]; readonly later: readonly LaterNode[] } | undefined {
  const fragments = fragmentsOf(document);
  const first: SelectionNode[] = [];
  const later: LaterNode[] = [];
  for (const node of selections) {
    const defer = deferOf(node, variables);
    const names = namesOf(node, fragments);
    const isApart = selections.every((other) => other === node || !sharesName(names, namesOf(other, fragments)));
    if (defer === undefined || !isApart || later.length === mostLater) first.push(node);
    else later.push({ node, label: defer.label });
  }
  // Something has to come first, and the reader waits for it least when it is one of them.
  if (first.length === 0) first.push(...later.splice(0, 1).map(({ node }) => node));
  return later.length === 0 || first.length === 0 ? undefined : { first, later };
}

function sharesName(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return !some.isDisjointFrom(others);
}

/** Each is an operation of its own, and as many of those may come in one request. */
const mostLater = 10;

/** Under which names a selection puts something at the top of the answer. */
function namesOf(node: SelectionNode, fragments: ReadonlyMap<string, FragmentDefinitionNode>): ReadonlySet<string> {
  if (node.kind === Kind.FIELD) return new Set([node.alias?.value ?? node.name.value]);
  const inner = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
  return new Set((inner?.selectionSet.selections ?? []).flatMap((each) => [...namesOf(each, fragments)]));
}

function deferOf(
  { kind, directives = [] }: SelectionNode,
  variables: Readonly<Record<string, unknown>>,
): { readonly label: string | undefined } | undefined {
  const directive = kind === Kind.FIELD ? undefined : directives.find(isDefer);
  if (directive === undefined || argumentOf(directive, "if", variables) === false) return undefined;
  const label = argumentOf(directive, "label", variables);
  return { label: typeof label === "string" ? label : undefined };
}

function argumentOf(
  { arguments: args = [] }: DirectiveNode,
  name: string,
  variables: Readonly<Record<string, unknown>>,
): unknown {
  const value = args.find((argument) => argument.name.value === name)?.value;
  if (value?.kind === Kind.VARIABLE) return variables[value.name.value];
  return value?.kind === Kind.BOOLEAN || value?.kind === Kind.STRING ? value.value : undefined;
}

function isDefer({ name }: DirectiveNode): boolean {
  return name.value === "defer";
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** An operation of its own, with the fragments and variables that it uses and no others. */
function partOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  selections: readonly SelectionNode[],
): DocumentNode {
  const whole: InlineFragmentNode = {
    kind: Kind.INLINE_FRAGMENT,
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  const { fragments, variables } = usedBy(whole, fragmentsOf(document));
  const declared = (operation.variableDefinitions ?? []).filter(({ variable }) => variables.has(variable.name.value));
  const part = { ...operation, variableDefinitions: declared, selectionSet: whole.selectionSet };
  return withoutDefer({ ...document, definitions: [part, ...fragments] });
}

function usedBy(part: InlineFragmentNode, all: ReadonlyMap<string, FragmentDefinitionNode>) {
  const fragments = new Set<FragmentDefinitionNode>();
  const variables = new Set<string>();
  const look = (node: InlineFragmentNode | FragmentDefinitionNode) =>
    void visit(strip(node), {
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread({ name }) {
        const fragment = all.get(name.value);
        if (fragment === undefined || fragments.has(fragment)) return;
        fragments.add(fragment);
        look(fragment);
      },
    });
  look(part);
  return { fragments, variables };
}
