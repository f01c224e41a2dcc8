import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { combineGraph } from "./combined-graph.ts";
import { argumentReader } from "./enum-values.ts";
import { subgraphError } from "./errors.ts";
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
import { addCosts, effortOf, noCost, type QueryCost, type Statistics } from "./query-cost.ts";
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
  /** Rows of a product that is served now; undefined when nobody knows. */
  readonly rowsOf?: (product: ProductModel) => number | undefined;
  readonly costs?: Partial<CostLimits>;
}

/** What one operation may take, counted in values. */
export interface CostLimits {
  /** Values that the engine looks at. */
  readonly scanned: number;
  /** Values in the answer. */
  readonly written: number;
  /** Values in fields that are left to the reference executor, which makes them one by one. */
  readonly referred: number;
}

const defaultCosts: CostLimits = { scanned: 5_000_000_000, written: 5_000_000, referred: 1_000_000 };

/** Carries out a statement. @returns its rows, in their order */
export type RunQuery = (query: JsonQuery, at: RunContext) => Promise<JsonPieces>;

export interface RunContext {
  readonly context: SubgraphContext;
  /** Values that the statement reads and writes, about. */
  readonly effort: number;
}

export interface PlannedRequest extends PlannedOperation {
  /** A fresh object per request. */
  readonly context: SubgraphContext;
  /**
   * Executes a document that holds some of the operation's fields, with the same variables and a context object of its
   * own each time: stitching keeps what it read by that object.
   */
  readonly reference: (document: DocumentNode) => Promise<ExecutionResult>;
  /** Told what the operation takes, about, before anything is read. Refuses it by throwing. */
  readonly charge?: (cost: QueryCost) => void;
}

export interface PlannedResult {
  /** The JSON of `data`; `responsePieces` makes the body of a response from it and the errors as readers may see them. */
  readonly data: JsonPieces;
  readonly errors: readonly GraphQLError[];
  /** Fields that the reference executor answered, and why. */
  readonly fallback: readonly FallbackReason[];
  /** What the answer was made from, when it would be the same at any time and nothing but statements made it. */
  readonly madeFrom: ReadonlyMap<ProductModel, Decision> | undefined;
  /** Products that more than one field was made from: those fields may have read different states of them. */
  readonly readTwice: ReadonlySet<ProductModel>;
}

export interface FallbackReason {
  readonly key: string;
  readonly reason: string;
}

/** How one field of an operation would be answered. */
export type FieldExplanation = { readonly cost: QueryCost } & (
  | { readonly kind: "planned"; readonly key: string; readonly statement: JsonQuery | undefined }
  | ({ readonly kind: "fallback" } & FallbackReason)
);

export interface PlannedExecutor {
  /**
   * @returns undefined when nothing of the operation is planned: the reference executor must see all of it
   * @throws MeshError `subgraph/too-costly`, `warehouse/too-many-queries`
   */
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
  const { subgraphs, foreign = [], schema, run = runQuery, rowsOf = () => undefined } = parts;
  const costs = { ...defaultCosts, ...parts.costs };
  const products = subgraphs.flatMap((subgraph) => subgraph.products);
  const graph = combineGraph(products, foreign);
  const statistics = { graph, rowsOf };
  const served = { schema, readArgument: argumentReader(subgraphs.map((subgraph) => subgraph.schema)) };
  const cache = new PlanCache();
  const plan = (request: Omit<PlannedRequest, "reference">) => {
    const { now } = request.context;
    return cache.plan(request, request.context, (decide) => planOperation(served, request, { graph, decide, now }));
  };
  return {
    execute: async (request) => {
      const planned = plan(request);
      if (planned !== undefined) {
        refuseCostly(planned.fields, statistics, costs);
        request.charge?.(costOf(planned.fields, statistics));
      }
      const isPlanned = planned?.fields.some(({ kind }) => kind !== "fallback") === true;
      return isPlanned ? carryOut(planned, request, { run, statistics }) : undefined;
    },
    explain: (request) => plan(request)?.fields.map((field) => explainField(field, statistics)),
  };
}

function explainField(plan: RootPlan, statistics: Statistics): FieldExplanation {
  const { key } = plan;
  if (plan.kind === "constant") return { kind: "planned", key, statement: undefined, cost: noCost };
  const cost = plan.cost(statistics);
  if (plan.kind === "fallback") return { kind: "fallback", key, reason: plan.reason, cost };
  return { kind: "planned", key, statement: plan.statement, cost };
}

function costOf(fields: readonly RootPlan[], statistics: Statistics): QueryCost {
  return addCosts(fields.map((field) => (field.kind === "constant" ? noCost : field.cost(statistics))));
}

/** @throws MeshError `subgraph/too-costly` */
function refuseCostly(fields: readonly RootPlan[], statistics: Statistics, limits: CostLimits): void {
  const costed = fields.filter((field) => field.kind !== "constant");
  const referred = costed.filter(({ kind }) => kind === "fallback").map(({ cost }) => cost(statistics));
  const { scanned, written } = costOf(fields, statistics);
  const writtenByReference = addCosts(referred).written;
  const told = { scanned, mostScanned: limits.scanned };
  if (written > limits.written || scanned > limits.scanned)
    throw subgraphError["too-costly"]({ ...told, written, mostWritten: limits.written });
  if (writtenByReference > limits.referred)
    throw subgraphError["too-costly"]({ ...told, written: writtenByReference, mostWritten: limits.referred });
}

const runQuery: RunQuery = ({ sql, params }, { context, effort }) =>
  context.engine.bytes(sql, params, { signal: context.signal, effort });

interface Means {
  readonly run: RunQuery;
  readonly statistics: Statistics;
}

async function carryOut(plan: OperationPlan, request: PlannedRequest, means: Means): Promise<PlannedResult> {
  const unplanned = plan.fields.filter((field) => field.kind === "fallback");
  const [answers, rest] = await Promise.all([
    Promise.all(plan.fields.map((field) => answer(field, request.context, means))),
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
  const isPure = plan.timeless && fallback.length === 0;
  return {
    data,
    errors,
    fallback,
    madeFrom: isPure ? readsOf(plan.fields) : undefined,
    readTwice: readTwice(plan.fields),
  };
}

function readsOf(fields: readonly RootPlan[]): ReadonlyMap<ProductModel, Decision> {
  return new Map(fields.flatMap((field) => (field.kind === "statement" ? [...field.statement.reads] : [])));
}

/** What the reference executor reads is not known: it may be anything that the statements read. */
function readTwice(fields: readonly RootPlan[]): ReadonlySet<ProductModel> {
  const reads = fields.flatMap((field) => (field.kind === "statement" ? [...field.statement.reads.keys()] : []));
  const isAlone = fields.every(({ kind }) => kind !== "fallback");
  return new Set(isAlone ? reads.filter((product, index) => reads.indexOf(product) < index) : reads);
}

type Answer = { readonly kind: "answered"; readonly key: string; readonly json: JsonPieces } | FallbackPlan;

async function answer(field: RootPlan, context: SubgraphContext, { run, statistics }: Means): Promise<Answer> {
  if (field.kind === "fallback") return field;
  const { key } = field;
  if (field.kind === "constant") return { kind: "answered", key, json: [utf8(field.json)] };
  try {
    const effort = effortOf(field.cost(statistics));
    const rows = await run(field.statement, { context, effort });
    const json = field.statement.tellsTruncations ? rows.slice(0, -1) : rows;
    if (json !== rows) announceTruncations(rows.at(-1), context);
    return { kind: "answered", key, json: json.length === 0 ? [utf8("null")] : json };
  } catch (error) {
    if (isMeshError(error) && error.retryAfterMs !== undefined) throw error;
    const reason = `the statement failed: ${error instanceof Error ? error.message : String(error)}`;
    return { ...field, kind: "fallback", reason };
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
