import type { RequestListener } from "node:http";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";
import { createYoga } from "graphql-yoga";
import { subgraphParts } from "./federation.ts";
import { createLoaders } from "./schema.ts";
import { readConfig, serve } from "./start.ts";
import { openTables, type TableFile } from "./tables.ts";

/** One domain as a federated subgraph over HTTP. */
const { domain, tables: files } = readConfig<{ domain: string; tables: TableFile[] }>();
const tables = await openTables(files);
const part = subgraphParts(tables)[domain];
if (part === undefined) throw new Error(`there is no subgraph ${domain}`);
const yoga = createYoga({
  schema: buildSubgraphSchema({ typeDefs: parse(part.typeDefs), resolvers: part.resolvers }),
  context: () => createLoaders(tables),
  logging: false,
  graphiql: false,
  landingPage: false,
});
serve(yoga as unknown as RequestListener);
