import type { AccessPort } from "@thoth/access/agreements/access-port";
import { type ExecutionArgs, type GraphQLSchema, getIntrospectionQuery, parse } from "graphql";
import type { Plugin } from "graphql-yoga";
import { agreementSizes } from "./agreement-page.ts";
import type { ServerContext } from "./answer-first.ts";
import type { Catalog } from "./catalog.ts";
import { consumerOf } from "./consumer.ts";
import { discoveryCost, discoverySizes, introspectionSizes, type ListSizes } from "./discovery-cost.ts";
import { gatewayError } from "./errors.ts";
import { explainRefusal, toGraphQLError } from "./graphql-error.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { GatewayContext } from "./request-context.ts";

/** What one operation may ask of discovery and of the schema: values, or so many times what GraphiQL asks for. */
const most = { values: 100_000, schemas: 4 } as const;

export interface DiscoveryLimitParts {
  /** The gateway's own schema. */
  readonly own: GraphQLSchema;
  readonly catalog: Catalog;
  /** What keeps agreements; nobody does when absent. */
  readonly access: AccessPort | undefined;
  readonly limits: RateLimits;
}

/** Refuses what would take too long to answer from the catalog and the schema, where no statement limits it. */
export function limitDiscovery({
  own,
  catalog,
  access,
  limits,
}: DiscoveryLimitParts): Plugin<GatewayContext, ServerContext> {
  const known = new WeakMap<GraphQLSchema, Scale>();
  const scaleOf = (schema: GraphQLSchema): Scale => {
    const scale = known.get(schema) ?? measure(schema, own, catalog);
    known.set(schema, scale);
    return scale;
  };
  const judge = ({ args }: { readonly args: ExecutionArgs }) => {
    const { principal, address } = args.contextValue as GatewayContext & ServerContext;
    const { sizes, limit } = scaleOf(args.schema);
    const agreements = agreementSizes(access, principal);
    const all = { get: (place: string) => sizes.get(place) ?? agreements.get(place) };
    const values = Math.ceil(discoveryCost(args, own, all));
    if (values === 0) return;
    if (values > limit) throw toGraphQLError(gatewayError["discovery-too-costly"]({ values, limit }), { status: 400 });
    explainRefusal(() => limits.take(consumerOf(principal, address), { values }));
  };
  // Of a subscription the cost is that of one event.
  return { onExecute: judge, onSubscribe: judge };
}

/** How large things are here, and what is too much. */
interface Scale {
  readonly sizes: ListSizes;
  readonly limit: number;
}

function measure(schema: GraphQLSchema, own: GraphQLSchema, catalog: Catalog): Scale {
  const sizes = new Map([...discoverySizes(catalog.search({})), ...introspectionSizes(schema)]);
  const document = parse(getIntrospectionQuery());
  const whole = Math.ceil(discoveryCost({ schema, document }, own, sizes));
  return { sizes, limit: Math.max(most.values, most.schemas * whole) };
}
