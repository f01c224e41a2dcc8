import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { accountsPart, activityPart, billingPart, filters, type Loaders, type SchemaPart } from "./schema.ts";
import type { Row, Tables } from "./tables.ts";

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])`;

/** The schema cut into three subgraphs, which refer to each other's entities by key. */
export function subgraphParts(tables: Tables): Readonly<Record<string, SchemaPart>> {
  const [accounts, activity] = [accountsPart(tables), activityPart(tables)];
  return {
    accounts: {
      typeDefs: `${link} ${filters} ${accounts.typeDefs}
        type Plan @key(fields: "planId", resolvable: false) { planId: Int! }
        type UserUsage @key(fields: "userId", resolvable: false) { userId: Int! }`,
      resolvers: {
        ...accounts.resolvers,
        User: { plan: ({ planId }: Row) => ({ planId }), usage: ({ userId }: Row) => ({ userId }) },
      },
    },
    billing: {
      typeDefs: `${link} ${billingPart.typeDefs.replace("type Plan", 'type Plan @key(fields: "planId")')}
        type Query { plansByKey(planId: Int!): Plan }`,
      resolvers: {
        Query: { plansByKey: (_: unknown, { planId }: { planId: number }, { plan }: Loaders) => plan.load(planId) },
        Plan: { __resolveReference: ({ planId }: { planId: number }, { plan }: Loaders) => plan.load(planId) },
      },
    },
    activity: {
      typeDefs: `${link} ${filters} ${activity.typeDefs.replace("type UserUsage", 'type UserUsage @key(fields: "userId")')}`,
      resolvers: {
        ...activity.resolvers,
        UserUsage: { __resolveReference: ({ userId }: { userId: number }, { usage }: Loaders) => usage.load(userId) },
      },
    },
  };
}

/** @param urls of the subgraphs, by domain */
export function composeSupergraph(urls: Readonly<Record<string, string>>): string {
  const parts = subgraphParts({ rows: unreachable, text: unreachable });
  const services = Object.entries(parts).map(([name, { typeDefs }]) => {
    return { name, url: urls[name] ?? "", typeDefs: parse(typeDefs) };
  });
  const { supergraphSdl, errors = [] } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors.map(({ message }) => message).join("\n"));
  return supergraphSdl;
}

function unreachable(): never {
  throw new Error("composing a schema reads no rows");
}
