import { roughRows } from "@thoth/access/sees-every-row";
import type { ProductModel } from "@thoth/contract/product-model";
import { findMeshError } from "@thoth/kernel/error-chain";
import { createPlannedExecutor, type PlannedExecutor } from "@thoth/subgraph/planned-execution";
import { effortOf, type QueryCost } from "@thoth/subgraph/query-cost";
import type { PlacedSubgraph } from "@thoth/subgraph/served-graph";
import type { DocumentNode, ExecutionArgs, GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { ServerContext } from "./answer-first.ts";
import { cacheStatements } from "./cached-statements.ts";
import { consumerOf } from "./consumer.ts";
import { explainRefusal, toGraphQLError } from "./graphql-error.ts";
import { onOneState, type StatedResult } from "./one-state.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";
import type { CompleteSettings } from "./server-settings.ts";
import type { AnswerSource, WrittenResult } from "./written-result.ts";

export interface PlannerParts extends Pick<CompleteSettings, "cacheBytes" | "costs"> {
  readonly subgraphs: readonly PlacedSubgraph[];
  readonly schema: GraphQLSchema;
  readonly versions: ServedVersions;
}

export function createPlanner({ subgraphs, schema, versions, cacheBytes, costs }: PlannerParts): PlannedExecutor {
  const here = subgraphs.filter(({ url }) => url === undefined).map(({ subgraph }) => subgraph);
  const foreign = subgraphs.filter(({ url }) => url !== undefined).flatMap(({ subgraph }) => subgraph.products);
  return createPlannedExecutor({
    subgraphs: here,
    foreign,
    schema,
    costs,
    rowsOf: (product) => rowsToCount(product, versions),
    ...(cacheBytes > 0 && { run: cacheStatements(versions, cacheBytes) }),
  });
}

/**
 * Answers, in place of the stitched executor, what the one engine can answer with a statement per field. Fields that it
 * cannot answer so (discovery, domains served elsewhere, fields written in `graph.ts`, whatever fails) are left to the
 * stitched executor, which stays the definition of the right answer.
 */
export function plannedAnswers(
  planned: PlannedExecutor,
  { versions, limits }: { readonly versions: ServedVersions; readonly limits: RateLimits },
): Plugin<GatewayContext, ServerContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => explainCost(() => execute(args)));
      async function execute(args: ExecutionArgs) {
        const { document, operationName, variableValues } = args;
        const context = args.contextValue as GatewayContext;
        // Stitching keeps what it has read by the context's identity, so every part gets a context of its own.
        const reference = (part: DocumentNode) => executeFn({ ...args, document: part, contextValue: { ...context } });
        const variables = variableValues ?? {};
        const charge = chargeOnce(limits, consumerOf(context.principal, (context as ServerContext).address));
        const request = { document, operationName: operationName ?? undefined, variables, context, reference, charge };
        const stated = await onOneState(context, versions, () => planned.execute(request));
        return stated === undefined ? executeFn(args) : written(stated, args);
      }
    },
  };
}

/** An operation that begins anew because something was published meanwhile costs no more. */
function chargeOnce(limits: RateLimits, consumer: string): (cost: QueryCost) => void {
  let charged = false;
  return (cost) => {
    if (!charged) limits.take(consumer, { values: effortOf(cost) });
    charged = true;
  };
}

function written({ result, served }: StatedResult, args: ExecutionArgs): WrittenResult {
  const { data: pieces, errors, madeFrom } = result;
  const { document, operationName } = args;
  const operation = { document, operationName, variableValues: args.variableValues as UsedVariables };
  const source = madeFrom === undefined || served === undefined ? undefined : { madeFrom, served, operation };
  return { data: {}, ...(errors.length > 0 && { errors }), pieces, source };
}

type UsedVariables = AnswerSource["operation"]["variableValues"];

/** Too much at once is told by the status too: to ask for less, or to come back later. */
async function explainCost<Result>(execute: () => Promise<Result>): Promise<Result> {
  try {
    return await execute();
  } catch (error) {
    const refusal = findMeshError(error);
    if (refusal?.code === "subgraph/too-costly") throw toGraphQLError(refusal, { status: 400 });
    return explainRefusal(() => {
      throw error;
    });
  }
}

/** Whoever has a role may not see every row; what an operation costs, and is refused for, must not tell how many there are. */
function rowsToCount(product: ProductModel, versions: ServedVersions): number | undefined {
  const rows = versions.rowsOf(product);
  return rows === undefined || product.roles.length === 0 ? rows : roughRows(rows);
}
