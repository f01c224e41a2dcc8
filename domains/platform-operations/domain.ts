import { defineDomain } from "@thoth/pipeline/domain";
import { meshAudit } from "./sources/mesh-audit.ts";
import { meshContracts } from "./sources/mesh-contracts.ts";
import { meshControl } from "./sources/mesh-control.ts";
import { signals } from "./sources/signals.ts";

export default defineDomain({
  name: "platform-operations",
  title: "Platform operations",
  description:
    "How the mesh itself is doing: every pipeline run, the health of every data product by day, and who reads what.",
  owner: "platform-team",
  stewards: ["platform-steward"],
  sources: [meshControl, meshContracts, meshAudit, signals],
  products: [{ name: "pipeline-runs" }, { name: "product-health" }, { name: "access-audit" }],
  schedule: { cron: "5 * * * *" },
});
