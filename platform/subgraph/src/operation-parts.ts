import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { FallbackPlan } from "./operation-plan.ts";

/** The document with nothing but some fields of one operation. Places in the source stay those of the whole document. */
export function fallbackDocument(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fields: readonly FallbackPlan[],
): DocumentNode {
  const selections = fields.flatMap(({ nodes }) => nodes);
  const part = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return { ...document, definitions: [part, ...fragments] };
}

/** JSON as UTF-8, in pieces that follow each other. */
export type JsonPieces = readonly Uint8Array[];

/** Bytes of all pieces together. */
export function sizeOfPieces(pieces: JsonPieces): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** The fields' JSON by key. Null when the whole answer is: a field that must not be null could not be answered. */
export type FieldPieces = ReadonlyMap<string, JsonPieces> | null;

/** What the reference executor answered, field by field. */
export function resultPieces({ data }: ExecutionResult): FieldPieces {
  if (data === null || data === undefined) return null;
  return new Map(Object.entries(data).map(([key, value]) => [key, [utf8(JSON.stringify(value ?? null))]]));
}

/** Splices the fields, in the order of the answer. */
export function dataPieces(keys: readonly string[], parts: readonly FieldPieces[]): JsonPieces {
  if (parts.includes(null)) return [utf8("null")];
  const fields = keys.flatMap((key, index) => {
    const pieces = parts.find((part) => part?.has(key))?.get(key);
    if (pieces === undefined) throw new Error(`nothing answered ${key}`);
    return [utf8(`${index === 0 ? "{" : ","}${JSON.stringify(key)}:`), ...pieces];
  });
  return [...fields, utf8(keys.length === 0 ? "{}" : "}")];
}

/** What a response says besides its data. */
export interface ResponseNotes {
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/** The body of a response. */
export function responsePieces(data: JsonPieces, { errors = [], extensions = {} }: ResponseNotes = {}): JsonPieces {
  const before = errors.length === 0 ? "" : `"errors":${JSON.stringify(errors)},`;
  const after = Object.keys(extensions).length === 0 ? "" : `,"extensions":${JSON.stringify(extensions)}`;
  return [utf8(`{${before}"data":`), ...data, utf8(`${after}}`)];
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}
