import { fileURLToPath } from "node:url";
import { benchCrossDomainQuery } from "./cross-domain-query.ts";
import { benchIngestAndPublish } from "./ingest-and-publish.ts";
import { formatComparison } from "./measure.ts";

/** Everything is measured beside the same work done directly, in one run: the ratio is what can be compared over time. */
const root = fileURLToPath(new URL("..", import.meta.url));
const json = process.argv.includes("--json");
const results = [];
for (const bench of [benchIngestAndPublish, () => benchCrossDomainQuery(root)]) {
  for (const result of await bench()) {
    results.push(result);
    if (!json) console.log(formatComparison(result));
  }
}
if (json) console.log(JSON.stringify(results, null, 2));
