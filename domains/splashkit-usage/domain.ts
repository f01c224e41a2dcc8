import { defineDomain } from "@thoth/pipeline/domain";
import { catalogue } from "./sources/catalogue.ts";
import { documentation } from "./sources/documentation.ts";
import { telemetry } from "./sources/telemetry.ts";

export default defineDomain({
  name: "splashkit-usage",
  title: "SplashKit usage",
  description:
    "How SplashKit is used: the functions it offers, which of them programs call and from which unit, which versions run, and where the documentation leaves its readers without an example.",
  owner: "SplashKit team",
  stewards: ["splashkit-data"],
  sources: [catalogue, documentation, telemetry],
  products: [
    { name: "function-catalogue" },
    {
      name: "function-usage",
      inputPorts: ["ontrack-learning/units"],
      schedule: { onPublish: ["ontrack-learning/units"] },
    },
    { name: "sdk-adoption" },
    { name: "documentation-gaps" },
  ],
  schedule: { cron: "15 4 * * *", timeZone: "Australia/Melbourne" },
  sample: () => import("./sample/write-sample.ts"),
});
