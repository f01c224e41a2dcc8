import { openBrownOut } from "@thoth/contract/lifecycle/lifecycle";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import { type JsonPieces, utf8 } from "@thoth/subgraph/operation-parts";
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
} from "graphql";
import type { DeprecationNotices, UsedDeprecation } from "./deprecation-notices.ts";
import { gatewayError } from "./errors.ts";
import { toGraphQLError } from "./graphql-error.ts";
import type { GatewayContext } from "./request-context.ts";
import type { WrittenResult } from "./written-result.ts";

type Execute = (args: ExecutionArgs) => unknown;

/**
 * Executes an operation without the root fields that read something in brown-out: those are null, each with an error that
 * says until when, and what to use instead. Everything else is answered as ever.
 */
export function withoutBrownedOut<Run extends Execute>(execute: Run, notices: DeprecationNotices): Run {
  const run = async (args: ExecutionArgs) => {
    const operation = getOperationAST(args.document, args.operationName);
    const parts = operation ? rootParts(args.document, operation) : [];
    const off = brownedOut(parts, args, notices);
    if (operation === undefined || operation === null || off.size === 0) return execute(args);
    const kept = parts.filter(({ key }) => !off.has(key));
    const document = documentOf(args.document, operation, kept);
    const result = kept.length === 0 ? { data: {} } : await execute({ ...args, document });
    return withErrors(result as ExecutionResult, off);
  };
  return run as unknown as Run;
}

/** A field of the operation with whatever conditions stand around it. */
interface RootPart {
  readonly key: string;
  readonly node: SelectionNode;
}

function brownedOut(
  parts: readonly RootPart[],
  args: ExecutionArgs,
  notices: DeprecationNotices,
): ReadonlyMap<string, GraphQLError> {
  const { now } = args.contextValue as GatewayContext;
  const operation = getOperationAST(args.document, args.operationName) as OperationDefinitionNode;
  const off = new Map<string, GraphQLError>();
  for (const [key, same] of Map.groupBy(parts, (part) => part.key)) {
    const document = documentOf(args.document, operation, same);
    const used = notices.used({ ...args, document }, now);
    const first = used.find(({ deprecation }) => openBrownOut(deprecation, now) !== undefined);
    if (first !== undefined) off.set(key, brownOutError(first, now, key));
  }
  return off;
}

function brownOutError({ element, deprecation }: UsedDeprecation, now: number, key: string): GraphQLError {
  const { replacement, until } = deprecation;
  const back = showDate(openBrownOut(deprecation, now)?.to ?? now);
  const end = until === undefined ? undefined : showDate(until);
  const { message, extensions, originalError } = toGraphQLError(
    gatewayError["brown-out"]({ element, back, end, replacement }),
  );
  return new GraphQLError(message, { path: [key], extensions, originalError: originalError ?? null });
}

function withErrors(result: ExecutionResult, off: ReadonlyMap<string, GraphQLError>): ExecutionResult {
  const errors = [...(result.errors ?? []), ...off.values()];
  if ("pieces" in result) {
    const written = result as WrittenResult;
    const complete: WrittenResult = { ...written, pieces: withNulls(written.pieces, [...off.keys()]), errors };
    return complete;
  }
  if (result.data === undefined || result.data === null) return { ...result, errors };
  const nulls = Object.fromEntries([...off.keys()].map((key) => [key, null]));
  return { ...result, data: { ...result.data, ...nulls }, errors };
}

/** Written data ends with its closing bracket, unless all of it is null. */
function withNulls(pieces: JsonPieces, keys: readonly string[]): JsonPieces {
  const last = pieces.at(-1);
  if (last?.at(-1) !== "}".charCodeAt(0)) return pieces;
  const nulls = keys.map((key) => `,${JSON.stringify(key)}:null`).join("");
  return [...pieces.slice(0, -1), last.subarray(0, -1), utf8(`${nulls}}`)];
}

/** The same operation with these fields at its root; fragments stay. */
function documentOf(
  { definitions, ...rest }: DocumentNode,
  operation: OperationDefinitionNode,
  parts: readonly RootPart[],
): DocumentNode {
  const selectionSet = { kind: Kind.SELECTION_SET, selections: parts.map(({ node }) => node) } as const;
  const kept = definitions.map((each) => (each === operation ? { ...operation, selectionSet } : each));
  return { ...rest, definitions: kept };
}

function rootParts(document: DocumentNode, { selectionSet }: OperationDefinitionNode): RootPart[] {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node.selectionSet] as const] : [],
    ),
  );
  const flatten = (node: SelectionNode): RootPart[] => {
    if (node.kind === Kind.FIELD) return [{ key: keyOf(node), node }];
    const inner = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragments.get(node.name.value);
    const { directives = [] } = node;
    return (inner?.selections ?? [])
      .flatMap(flatten)
      .map((part) => ({ key: part.key, node: around(part.node, directives) }));
  };
  return selectionSet.selections.flatMap(flatten);
}

/** Of a fragment only its conditions count here: at the root there is but one type. */
function around(node: SelectionNode, directives: NonNullable<FieldNode["directives"]>): SelectionNode {
  if (directives.length === 0) return node;
  return { kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { kind: Kind.SELECTION_SET, selections: [node] } };
}

function keyOf({ alias, name }: FieldNode): string {
  return (alias ?? name).value;
}
