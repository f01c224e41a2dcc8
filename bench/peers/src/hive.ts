import type { RequestListener } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";
import { composeSupergraph } from "./federation.ts";
import { readConfig, serve } from "./start.ts";

/** Hive Gateway over the HTTP subgraphs, with its stitching runtime or with the planner of Hive Router, which is compiled. */
const { subgraphs, planner } = readConfig<{ subgraphs: Record<string, string>; planner: "stitching" | "router" }>();
const gateway = createGatewayRuntime({
  supergraph: composeSupergraph(subgraphs),
  logging: false,
  landingPage: false,
  graphiql: false,
  ...(planner === "router" ? { unifiedGraphHandler } : {}),
});
serve(gateway as unknown as RequestListener);
