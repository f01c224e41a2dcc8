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

/** One field's JSON text. */
export type FieldText = readonly [key: string, json: string];

/** Null when the whole answer is: a field that must not be null could not be answered. */
export type DataTexts = ReadonlyMap<string, string> | null;

/** What the reference executor answered, field by field. */
export function resultTexts({ data }: ExecutionResult): DataTexts {
  if (data === null || data === undefined) return null;
  return new Map(Object.entries(data).map(([key, value]) => [key, JSON.stringify(value ?? null)]));
}

/** Splices the fields, in the order of the answer. */
export function dataText(keys: readonly string[], parts: readonly DataTexts[]): string {
  if (parts.includes(null)) return "null";
  const texts = keys.map((key) => {
    const text = parts.find((part) => part?.has(key))?.get(key);
    if (text === undefined) throw new Error(`nothing answered ${key}`);
    return `${JSON.stringify(key)}:${text}`;
  });
  return `{${texts.join(",")}}`;
}

/** The body of a response. */
export function responseText(data: string, errors: readonly GraphQLError[]): string {
  return errors.length === 0 ? `{"data":${data}}` : `{"errors":${JSON.stringify(errors)},"data":${data}}`;
}
