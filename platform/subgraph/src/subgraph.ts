import type { Decision, Principal } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import type { ServingEngine } from "@thoth/warehouse/query-engine";
import type { GraphQLSchema } from "graphql";

/** One domain's part of the graph. */
export interface Subgraph {
  readonly domain: string;
  readonly schema: GraphQLSchema;
  readonly products: readonly ProductModel[];
  /** Products of other domains that its relationships lead to. */
  readonly foreign?: readonly ProductModel[];
}

/** What resolvers find in the GraphQL context, in process and when a domain is served on its own. A fresh object per request. */
export interface SubgraphContext extends FieldContext {
  readonly engine: ServingEngine;
}

/** What fields may look at, those of a product's own code too: not the engine, which knows nothing of decisions. */
export interface FieldContext {
  readonly principal: Principal;
  readonly purpose: string | undefined;
  readonly decide: (product: ProductModel) => Decision;
  /** Epoch ms; what `withinLast` counts back from. */
  readonly now: number;
  readonly signal: AbortSignal | undefined;
  /** Gets what readers must not see: the cause of an error that only shows its correlation id. */
  readonly onUnexpected?: ((error: unknown, correlationId: string) => void) | undefined;
  /** Gets the response path, without list indices, of a list that has more entries than the answer shows. */
  readonly onTruncated?: ((path: string) => void) | undefined;
}
