import type { ProductModel } from "@thoth/contract/product-model";
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { combineGraph } from "./combined-graph.ts";
import type { Statement } from "./compile-sql.ts";
import { argumentReader } from "./enum-values.ts";
import { dataText, fallbackDocument, resultTexts } from "./operation-parts.ts";
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
}

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
  /** The JSON of `data`; `responseText` makes the body of a response from it and the errors as readers may see them. */
  readonly data: string;
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
  | { readonly kind: "planned"; readonly key: string; readonly statement: Statement | undefined }
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
export function createPlannedExecutor({ subgraphs, foreign = [], schema }: PlannedExecutorParts): PlannedExecutor {
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
      return isPlanned ? carryOut(planned, request) : undefined;
    },
    explain: (request) => plan(request)?.fields.map(explainField),
  };
}

function explainField(plan: RootPlan): FieldExplanation {
  if (plan.kind === "fallback") return { kind: "fallback", key: plan.key, reason: plan.reason };
  return { kind: "planned", key: plan.key, statement: plan.kind === "statement" ? plan.statement : undefined };
}

async function carryOut(plan: OperationPlan, request: PlannedRequest): Promise<PlannedResult> {
  const unplanned = plan.fields.filter((field) => field.kind === "fallback");
  const [answers, rest] = await Promise.all([
    Promise.all(plan.fields.map((field) => answer(field, request.context))),
    refer(plan, request, unplanned),
  ]);
  const failed = answers.filter((field) => field.kind === "fallback" && !unplanned.includes(field));
  const retried = await refer(plan, request, failed as FallbackPlan[]);
  const texts = new Map(answers.flatMap((field) => (field.kind === "constant" ? [[field.key, field.json]] : [])));
  const results = [rest, retried].filter((result) => result !== undefined);
  const data = dataText(
    plan.fields.map(({ key }) => key),
    [texts, ...results.map(resultTexts)],
  );
  const errors = results.flatMap((result) => result.errors ?? []);
  const fallback = answers.filter((field) => field.kind === "fallback").map(({ key, reason }) => ({ key, reason }));
  return { data, errors, fallback };
}

type Answer = Exclude<RootPlan, { kind: "statement" }>;

async function answer(field: RootPlan, { engine, signal }: SubgraphContext): Promise<Answer> {
  if (field.kind !== "statement") return field;
  const { sql, params } = field.statement;
  try {
    const [row] = await engine.query(sql, params, signal === undefined ? {} : { signal });
    return { kind: "constant", key: field.key, json: typeof row?.json === "string" ? row.json : "null" };
  } catch (error) {
    const reason = `the statement failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "fallback", key: field.key, nodes: field.nodes, reason };
  }
}

async function refer(
  { operation }: OperationPlan,
  { document, reference }: PlannedRequest,
  fields: readonly FallbackPlan[],
): Promise<ExecutionResult | undefined> {
  return fields.length === 0 ? undefined : reference(fallbackDocument(document, operation, fields));
}
