import { findMeshError } from "@thoth/kernel/error-chain";
import { createPlannedExecutor, type PlannedExecutor } from "@thoth/subgraph/planned-execution";
import type { PlacedSubgraph } from "@thoth/subgraph/served-graph";
import type { DocumentNode, ExecutionArgs, GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import { cacheStatements } from "./cached-statements.ts";
import { toGraphQLError, tryLater } from "./graphql-error.ts";
import { onOneState, type StatedResult } from "./one-state.ts";
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
    rowsOf: (product) => versions.rowsOf(product),
    ...(cacheBytes > 0 && { run: cacheStatements(versions, cacheBytes) }),
  });
}

/**
 * Answers, in place of the stitched executor, what the one engine can answer with a statement per field. Fields that it
 * cannot answer so (discovery, domains served elsewhere, fields written in `graph.ts`, whatever fails) are left to the
 * stitched executor, which stays the definition of the right answer.
 */
export function plannedAnswers(planned: PlannedExecutor, versions: ServedVersions): Plugin<GatewayContext> {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => explainRefusal(() => execute(args)));
      async function execute(args: ExecutionArgs) {
        const { document, operationName, variableValues } = args;
        const context = args.contextValue as GatewayContext;
        // Stitching keeps what it has read by the context's identity, so every part gets a context of its own.
        const reference = (part: DocumentNode) => executeFn({ ...args, document: part, contextValue: { ...context } });
        const variables = variableValues ?? {};
        const stated = await onOneState(context, versions, () =>
          planned.execute({ document, operationName: operationName ?? undefined, variables, context, reference }),
        );
        return stated === undefined ? executeFn(args) : written(stated, args);
      }
    },
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
async function explainRefusal<Result>(execute: () => Promise<Result>): Promise<Result> {
  try {
    return await execute();
  } catch (error) {
    const refusal = findMeshError(error);
    if (refusal?.code === "subgraph/too-costly") throw toGraphQLError(refusal, { status: 400 });
    if (refusal?.retryAfterMs === undefined) throw error;
    throw toGraphQLError(refusal, tryLater(refusal.retryAfterMs));
  }
}
