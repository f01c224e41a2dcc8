import { fileURLToPath } from "node:url";
import { benchContracts } from "./contracts.ts";
import { benchCrossDomainQuery } from "./cross-domain-query.ts";
import { benchIngestAndPublish } from "./ingest-and-publish.ts";
import { formatComparison } from "./measure.ts";
import { benchSoak } from "./soak.ts";

/** Everything is measured beside the same work done directly, in one run: the ratio is what can be compared over time. */
const root = fileURLToPath(new URL("..", import.meta.url));
const [name, ...args] = process.argv.slice(2);
if (name === "peers") {
  // Not for the others: a library for Postgres that it loads ends the process with 0, whatever exit code was set.
  const { benchPeers } = await import("./side-by-side/bench-peers.ts");
  await benchPeers(root, args);
} else if (name === "soak") process.exitCode = (await benchSoak(args)) ? 0 : 1;
else if (name === "extraction") {
  const { benchExtraction } = await import("./extraction.ts");
  await benchExtraction(args);
} else if (name === "merge") {
  const { benchMerge } = await import("./merge.ts");
  await benchMerge(args);
} else if (name === "quality") {
  const { benchQuality } = await import("./quality.ts");
  process.exitCode = (await benchQuality(args)) ? 0 : 1;
} else if (name === "collector") {
  const { benchCollector } = await import("./collector.ts");
  await benchCollector(args);
} else if (name === "files") {
  const { benchFiles } = await import("./files.ts");
  await benchFiles(args);
} else if (name !== undefined && !name.startsWith("-"))
  throw new Error(`there is no bench ${name}: peers, soak, collector, extraction, merge, quality or files`);
else await compareWithDirectWork(process.argv.includes("--json"));

async function compareWithDirectWork(json: boolean): Promise<void> {
  const results = [];
  for (const bench of [() => benchContracts(root), benchIngestAndPublish, () => benchCrossDomainQuery(root)]) {
    for (const result of await bench()) {
      results.push(result);
      if (!json) console.log(formatComparison(result));
    }
  }
  if (json) console.log(JSON.stringify(results, null, 2));
}
