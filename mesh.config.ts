import { defineMesh } from "@thoth/cli/mesh-config";

/** The composition root: names the domains by path and hands the gateway to the CLI, so that neither knows the other. */
export default defineMesh({
  domains: "domains/*/domain.ts",
  servers: async () => {
    const [{ checkDocuments, checkSubgraphs, explainOperation, queryGateway, serveGateway }, { serveSubgraph }] =
      await Promise.all([import("@thoth/gateway/serve-gateway"), import("@thoth/gateway/serve-subgraph")]);
    return { checkDocuments, checkSubgraphs, explainOperation, queryGateway, serveGateway, serveSubgraph };
  },
});
