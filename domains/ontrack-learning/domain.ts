import { defineDomain } from "@thoth/pipeline/domain";
import { ontrackDatabase } from "./sources/ontrack-database.ts";
import { ontrackLog } from "./sources/ontrack-log.ts";
import { ontrackWebAnalytics } from "./sources/ontrack-web-analytics.ts";

export default defineDomain({
  name: "ontrack-learning",
  title: "OnTrack learning",
  description: "How students progress in the units taught with OnTrack, and how fast they get feedback.",
  owner: "ontrack-team",
  stewards: ["learning-data-steward"],
  sources: [ontrackDatabase, ontrackLog, ontrackWebAnalytics],
  products: [
    { name: "units" },
    { name: "task-completion" },
    { name: "feedback-turnaround" },
    { name: "student-progress" },
    { name: "outcome-attainment" },
  ],
  schedule: { cron: "30 3 * * *", timeZone: "Australia/Melbourne" },
  sample: () => import("./sample/write-sample.ts"),
});
