import type { FieldExplanation, PlannedExecutor } from "@thoth/subgraph/planned-execution";
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { withoutDefer } from "./deferred-parts.ts";
import { judgeDocument, readersRules } from "./document-rules.ts";
import { type ContextOptions, createRequestContext } from "./request-context.ts";

export interface ExplainedRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly token: string | undefined;
  readonly purpose?: string | undefined;
}

/** How an operation would be answered, or why it would be refused. */
export type QueryExplanation =
  | { readonly errors: readonly GraphQLError[] }
  /** Field by field; without fields, all of it is left to the stitched executor. */
  | { readonly fields: readonly FieldExplanation[] | null };

/** @throws GraphQLError when the token is not valid */
export async function explainQuery(
  { schema, planned }: { readonly schema: GraphQLSchema; readonly planned: PlannedExecutor },
  options: ContextOptions,
  { query, variables, token, purpose }: ExplainedRequest,
): Promise<QueryExplanation> {
  const document = parseDocument(query);
  if (document instanceof GraphQLError) return { errors: [document] };
  const judged = judgeDocument(document, readersRules);
  const errors = judged.length > 0 ? judged : validate(schema, document);
  if (errors.length > 0) return { errors };
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(purpose === undefined ? {} : { "x-mesh-purpose": purpose }),
  };
  const context = await createRequestContext(new Request("http://mesh.localhost/graphql", { headers }), options);
  using _ = context.scope;
  return { fields: planned.explain({ document: withoutDefer(document), variables, context }) ?? null };
}

function parseDocument(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
