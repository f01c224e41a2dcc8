import type { MeshError } from "@thoth/kernel/mesh-error";
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from "graphql";
import { worstRepeat } from "./document-repeats.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import { nestsDeeper } from "./nesting.ts";

/** What a server takes of one operation. */
export interface DocumentRules {
  /** Levels of fields that may nest: relations lead back and forth, so a short query could ask for very deep answers. */
  readonly depth: number;
  /** Fields, counted wherever a fragment is used: a few short fragments can stand for millions. */
  readonly fields: number;
  /** Fields at the top, each under another alias a question of its own. */
  readonly roots: number;
  /** Whether aliases that begin with `__` are taken: under such names the gateway asks for keys. */
  readonly privateAliases: boolean;
}

/** The introspection query of GraphiQL nests 15 levels deep. */
export const readersRules: DocumentRules = { depth: 16, fields: 2_000, roots: 100, privateAliases: false };

/** The gateway puts keys and several lookups into one operation of a domain. */
export const gatewaysRules: DocumentRules = { depth: 20, fields: 5_000, roots: 2_000, privateAliases: true };

/**
 * What is wrong with a document before its meaning is looked at. Judged before the standard's own rules, some of which
 * take the square of the number of fields.
 */
export function judgeDocument(document: DocumentNode, rules: DocumentRules): GraphQLError[] {
  const { length: definitions } = document.definitions;
  if (definitions > mostDefinitions) {
    const problem = gatewayError["too-many-definitions"]({ definitions, limit: mostDefinitions });
    return [toGraphQLError(problem, { status: 400 })];
  }
  if (nestsDeeper(document, mostNodes, "loc")) return [tooDeep("hundreds of", rules)];
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const problems = operations.flatMap((operation) => judgeSize(operation, fragmentsOf(document), rules));
  // From here on a document is small even with its fragments taken apart.
  if (problems.length === 0) problems.push(...repeats(document));
  if (problems.length === 0 && !rules.privateAliases) problems.push(...reservedAliases(document));
  return problems.map((problem) => toGraphQLError(problem, { status: 400 }));
}

/** Operations and fragments of a document. Rules follow each fragment through all that it uses, one within the other. */
const mostDefinitions = 300;

/** Nodes of a document that may lie within each other: a level of fields is three of them, and values have depths, too. */
const mostNodes = 400;

/** What nests so deep that it is not measured. */
export function tooDeep(depth: string, { depth: limit }: DocumentRules): GraphQLError {
  return toGraphQLError(gatewayError["too-deep"]({ depth, limit }), { status: 400 });
}

function judgeSize({ selectionSet }: OperationDefinitionNode, fragments: Fragments, rules: DocumentRules): MeshError[] {
  const { depth, fields } = measure(selectionSet, fragments);
  const problems: MeshError[] = [];
  if (depth > rules.depth) problems.push(gatewayError["too-deep"]({ depth, limit: rules.depth }));
  if (fields > rules.fields) problems.push(gatewayError["too-many-fields"]({ fields, limit: rules.fields }));
  const roots = countRoots(selectionSet, fragments, new Map());
  if (roots > rules.roots) problems.push(gatewayError["too-many-questions"]({ roots, limit: rules.roots }));
  return problems;
}

/** How often one name may stand for different fields at one place. None is valid; this many are told apart at once. */
const mostRepeats = 50;

function repeats(document: DocumentNode): MeshError[] {
  const { name, times } = worstRepeat(document);
  return times > mostRepeats ? [gatewayError["too-many-repeats"]({ name, times })] : [];
}

function reservedAliases(document: DocumentNode): MeshError[] {
  const aliases = new Set<string>();
  visit(document, {
    Field: ({ alias }) => {
      if (alias?.value.startsWith("__")) aliases.add(alias.value);
    },
  });
  return [...aliases].map((alias) => gatewayError["alias-reserved"]({ alias }));
}

/** Fields that stand at the top once fragments are taken apart. Each fragment is counted once, one inside itself as nothing. */
function countRoots({ selections }: SelectionSetNode, fragments: Fragments, counted: Map<string, number>): number {
  return selections.reduce((sum, node) => {
    if (node.kind === Kind.FIELD) return sum + 1;
    if (node.kind === Kind.INLINE_FRAGMENT) return sum + countRoots(node.selectionSet, fragments, counted);
    const name = node.name.value;
    const fragment = fragments.byName.get(name);
    if (fragment !== undefined && !counted.has(name)) {
      counted.set(name, 0);
      counted.set(name, countRoots(fragment.selectionSet, fragments, counted));
    }
    return sum + (counted.get(name) ?? 0);
  }, 0);
}

interface Size {
  readonly depth: number;
  readonly fields: number;
}

/** The fragments of a document, and the sizes of those that have been measured: each is measured once. */
interface Fragments {
  readonly byName: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly sizes: Map<string, Size>;
}

const nothing: Size = { depth: 0, fields: 0 };

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return { byName: new Map(fragments.map((fragment) => [fragment.name.value, fragment])), sizes: new Map() };
}

function measure(set: SelectionSetNode | undefined, fragments: Fragments): Size {
  let { depth, fields } = nothing;
  for (const node of set?.selections ?? []) {
    const own = node.kind === Kind.FIELD ? 1 : 0;
    const inner =
      node.kind === Kind.FRAGMENT_SPREAD
        ? measureFragment(node.name.value, fragments)
        : measure(node.selectionSet, fragments);
    depth = Math.max(depth, own + inner.depth);
    fields += own + inner.fields;
  }
  return { depth, fields };
}

/** A fragment inside itself counts nothing: the standard's rules refuse it. */
function measureFragment(name: string, fragments: Fragments): Size {
  const known = fragments.sizes.get(name);
  if (known !== undefined) return known;
  fragments.sizes.set(name, nothing);
  const size = measure(fragments.byName.get(name)?.selectionSet, fragments);
  fragments.sizes.set(name, size);
  return size;
}
