import type { ProductModel } from "@thoth/contract/product-model";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { combineGraph } from "./combined-graph.ts";
import { argumentReader } from "./enum-values.ts";
import type { JsonQuery } from "./json-statement.ts";
import { dataPieces, fallbackDocument, type JsonPieces, resultPieces, utf8 } from "./operation-parts.ts";
import {
  type FallbackPlan,
  type OperationPlan,
  type PlannedOperation,
  planOperation,
  type RootPlan,
} from "./operation-plan.ts";
import { PlanCache } from "./plan-cache.ts";
import type { Subgraph, SubgraphContext } from "./subgraph.ts";

export interface PlannedExecutorParts {
  /** Domains whose products the one engine holds. */
  readonly subgraphs: readonly Pick<Subgraph, "products" | "schema">[];
  /** Products of domains that other processes serve; relationships may refer to them. */
  readonly foreign?: readonly ProductModel[];
  /** What is served: it says what a valid operation is and how its values are coerced. */
  readonly schema: GraphQLSchema;
  /** Asks the request's engine when absent. */
  readonly run?: RunQuery;
}

/** Carries out a statement. @returns its rows, in their order */
export type RunQuery = (query: JsonQuery, context: SubgraphContext) => Promise<JsonPieces>;

export interface PlannedRequest extends PlannedOperation {
  /** A fresh object per request. */
  readonly context: SubgraphContext;
  /**
   * Executes a document that holds some of the operation's fields, with the same variables and a context object of its
   * own each time: stitching keeps what it read by that object.
   */
  readonly reference: (document: DocumentNode) => Promise<ExecutionResult>;
}

export interface PlannedResult {
  /** The JSON of `data`; `responsePieces` makes the body of a response from it and the errors as readers may see them. */
  readonly data: JsonPieces;
  readonly errors: readonly GraphQLError[];
  /** Fields that the reference executor answered, and why. */
  readonly fallback: readonly FallbackReason[];
}

export interface FallbackReason {
  readonly key: string;
  readonly reason: string;
}

/** How one field of an operation would be answered. */
export type FieldExplanation =
  | { readonly kind: "planned"; readonly key: string; readonly statement: JsonQuery | undefined }
  | ({ readonly kind: "fallback" } & FallbackReason);

export interface PlannedExecutor {
  /** @returns undefined when nothing of the operation is planned: the reference executor must see all of it */
  execute(request: PlannedRequest): Promise<PlannedResult | undefined>;
  /** @returns undefined when the operation as a whole is left to the reference executor */
  explain(request: Omit<PlannedRequest, "reference">): readonly FieldExplanation[] | undefined;
}

/**
 * Answers operations with one statement per field, whose result is the field's JSON. What cannot be planned, and what
 * fails, is answered by the reference executor: it alone makes errors.
 * @throws MeshError `subgraph/name-taken`, `unknown-product`, `relationship-not-unique`
 */
export function createPlannedExecutor(parts: PlannedExecutorParts): PlannedExecutor {
  const { subgraphs, foreign = [], schema, run = runQuery } = parts;
  const products = subgraphs.flatMap((subgraph) => subgraph.products);
  const graph = combineGraph(products, foreign);
  const served = { schema, readArgument: argumentReader(subgraphs.map((subgraph) => subgraph.schema)) };
  const cache = new PlanCache();
  const plan = (request: Omit<PlannedRequest, "reference">) => {
    const { now } = request.context;
    return cache.plan(request, request.context, (decide) => planOperation(served, request, { graph, decide, now }));
  };
  return {
    execute: async (request) => {
      const planned = plan(request);
      const isPlanned = planned?.fields.some(({ kind }) => kind !== "fallback") === true;
      return isPlanned ? carryOut(planned, request, run) : undefined;
    },
    explain: (request) => plan(request)?.fields.map(explainField),
  };
}

function explainField(plan: RootPlan): FieldExplanation {
  if (plan.kind === "fallback") return { kind: "fallback", key: plan.key, reason: plan.reason };
  return { kind: "planned", key: plan.key, statement: plan.kind === "statement" ? plan.statement : undefined };
}

const runQuery: RunQuery = ({ sql, params }, { engine, signal }) => engine.bytes(sql, params, { signal });

async function carryOut(plan: OperationPlan, request: PlannedRequest, run: RunQuery): Promise<PlannedResult> {
  const unplanned = plan.fields.filter((field) => field.kind === "fallback");
  const [answers, rest] = await Promise.all([
    Promise.all(plan.fields.map((field) => answer(field, request.context, run))),
    refer(plan, request, unplanned),
  ]);
  const failed = answers.filter((field) => field.kind === "fallback" && !unplanned.includes(field));
  const retried = await refer(plan, request, failed as FallbackPlan[]);
  const pieces = new Map(answers.flatMap((field) => (field.kind === "answered" ? [[field.key, field.json]] : [])));
  const results = [rest, retried].filter((result) => result !== undefined);
  const data = dataPieces(
    plan.fields.map(({ key }) => key),
    [pieces, ...results.map(resultPieces)],
  );
  const errors = results.flatMap((result) => result.errors ?? []);
  const fallback = answers.filter((field) => field.kind === "fallback").map(({ key, reason }) => ({ key, reason }));
  return { data, errors, fallback };
}

type Answer = { readonly kind: "answered"; readonly key: string; readonly json: JsonPieces } | FallbackPlan;

async function answer(field: RootPlan, context: SubgraphContext, run: RunQuery): Promise<Answer> {
  if (field.kind === "fallback") return field;
  const { key } = field;
  if (field.kind === "constant") return { kind: "answered", key, json: [utf8(field.json)] };
  try {
    const rows = await run(field.statement, context);
    const json = field.statement.tellsTruncations ? rows.slice(0, -1) : rows;
    if (json !== rows) announceTruncations(rows.at(-1), context);
    return { kind: "answered", key, json: json.length === 0 ? [utf8("null")] : json };
  } catch (error) {
    if (isMeshError(error) && error.retryAfterMs !== undefined) throw error;
    const reason = `the statement failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "fallback", key, nodes: field.nodes, reason };
  }
}

function announceTruncations(list: Uint8Array | undefined, { onTruncated }: SubgraphContext): void {
  if (list === undefined || onTruncated === undefined) return;
  for (const path of JSON.parse(Buffer.from(list).toString("utf8")) as string[]) onTruncated(path);
}

async function refer(
  { operation }: OperationPlan,
  { document, reference }: PlannedRequest,
  fields: readonly FallbackPlan[],
): Promise<ExecutionResult | undefined> {
  return fields.length === 0 ? undefined : reference(fallbackDocument(document, operation, fields));
}
