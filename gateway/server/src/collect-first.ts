import type { RequestListener } from "node:http";
import type { GatewayOptions } from "@thoth/subgraph/served-graph";

/** What is for the collector never reaches the server behind. */
export function collectFirst(server: RequestListener, collector: GatewayOptions["collector"]): RequestListener {
  if (collector === undefined) return server;
  return (request, response) => {
    if (!collector(request, response)) return server(request, response);
  };
}
