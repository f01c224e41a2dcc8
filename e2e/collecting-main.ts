import { openCollector } from "@thoth/ingest/collector/collector";
import { collectorHandler } from "@thoth/ingest/collector/collector-http";
import { readIntakes } from "@thoth/ingest/collector/intake";
import { KeyRing, keyFile } from "@thoth/ingest/collector/key-file";
import { serveCollector } from "@thoth/ingest/collector/serve-collector";
import { collectingDomain } from "./collecting-domain.ts";

/**
 * A collector in a process of its own for one small domain, which starts quicker than `mesh serve collector` with all
 * domains. Its one argument is JSON: the folder of the repository and that of what is collected.
 */
const { root, dir, segmentBytes } = JSON.parse(process.argv[2] ?? "{}") as {
  root: string;
  dir: string;
  segmentBytes?: number;
};
const clock = Date.now;
const collector = await openCollector({
  dir,
  intakes: readIntakes(root, [collectingDomain(root)]),
  clock,
  pid: process.pid,
  ...(segmentBytes !== undefined && { segmentBytes }),
});
const onFailure = (failure: unknown) => console.error(failure);
const handler = collectorHandler({ collector, keys: new KeyRing(keyFile(dir)), clock, loopback: true, onFailure });
const server = await serveCollector({ handler, collector, onFailure, host: "127.0.0.1", port: 0 });
process.stdout.write(`${server.url}\n`);
