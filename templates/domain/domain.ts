import { defineDomain } from "@thoth/pipeline/domain";
import { records } from "./sources/records.ts";

export default defineDomain({
  name: "__domain__",
  title: "__domain_title__",
  description: "Say here what this domain knows, in one sentence.",
  owner: "__owner__",
  stewards: ["__owner__"],
  sources: [records],
  products: [],
  sample: () => import("./sample/write-sample.ts"),
});
