import type { RequestListener } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { accountsPart, activityPart, billingPart, createLoaders, filters, type Loaders } from "./schema.ts";
import { readConfig, serve } from "./start.ts";
import { openTables, type Row, type TableFile } from "./tables.ts";

/** One schema over all tables, with batching loaders, as a team without a mesh would write it. */
const tables = await openTables(readConfig<{ tables: TableFile[] }>().tables);
const parts = [accountsPart(tables), billingPart, activityPart(tables)];
const relations = {
  User: {
    plan: ({ planId }: Row, _: unknown, { plan }: Loaders) => plan.load(Number(planId)),
    usage: ({ userId }: Row, _: unknown, { usage }: Loaders) => usage.load(Number(userId)),
  },
};
const yoga = createYoga({
  schema: createSchema<Loaders>({
    typeDefs: [filters, ...parts.map(({ typeDefs }) => typeDefs)],
    resolvers: [...parts.map(({ resolvers }) => resolvers), relations],
  }),
  context: () => createLoaders(tables),
  logging: false,
  graphiql: false,
  landingPage: false,
});
serve(yoga as unknown as RequestListener);
