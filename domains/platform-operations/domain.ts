import { defineDomain } from "@thoth/pipeline/domain";
import { meshContracts } from "./sources/mesh-contracts.ts";
import { meshControl } from "./sources/mesh-control.ts";
import { signals } from "./sources/signals.ts";

export default defineDomain({
  name: "platform-operations",
  title: "Platform operations",
  description: "How the mesh itself is doing: every pipeline run, and the health of every data product by day.",
  owner: "platform-team",
  stewards: ["platform-steward"],
  sources: [meshControl, meshContracts, signals],
  products: [{ name: "pipeline-runs" }, { name: "product-health" }],
  schedule: { cron: "5 * * * *" },
});
