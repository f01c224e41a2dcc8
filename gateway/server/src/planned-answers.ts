import { createPlannedExecutor } from "@thoth/subgraph/planned-execution";
import type { PlacedSubgraph } from "@thoth/subgraph/served-graph";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { GatewayContext } from "./request-context.ts";
import type { WrittenResult } from "./written-result.ts";

/**
 * Answers, in place of the stitched executor, what the one engine can answer with a statement per field. Fields that it
 * cannot answer so (discovery, domains served elsewhere, fields written in `graph.ts`, whatever fails) are left to the
 * stitched executor, which stays the definition of the right answer.
 */
export function plannedAnswers(subgraphs: readonly PlacedSubgraph[], schema: GraphQLSchema): Plugin<GatewayContext> {
  const here = subgraphs.filter(({ url }) => url === undefined).map(({ subgraph }) => subgraph);
  const foreign = subgraphs.filter(({ url }) => url !== undefined).flatMap(({ subgraph }) => subgraph.products);
  const planned = createPlannedExecutor({ subgraphs: here, foreign, schema });
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args) => {
        const { document, operationName, variableValues: variables, contextValue: context } = args;
        // Stitching keeps what it has read by the context's identity, so every part gets a context of its own.
        const reference = (part: DocumentNode) => executeFn({ ...args, document: part, contextValue: { ...context } });
        const result = await planned.execute({
          document,
          operationName,
          variables: variables ?? {},
          context,
          reference,
        });
        if (result === undefined) return executeFn(args);
        const { data: pieces, errors } = result;
        return { data: {}, ...(errors.length > 0 && { errors }), pieces } satisfies WrittenResult;
      });
    },
  };
}
