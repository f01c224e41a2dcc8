import { closedCollector } from "@thoth/ingest/collector/closed-collector";
import { type Collector, openCollector } from "@thoth/ingest/collector/collector";
import { type CollectorHandler, collectorHandler } from "@thoth/ingest/collector/collector-http";
import type { IngestCount } from "@thoth/ingest/collector/ingest-counts";
import { readIntakes } from "@thoth/ingest/collector/intake";
import { KeyRing, keyFile } from "@thoth/ingest/collector/key-file";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { Domain } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

export interface CollectingParts {
  readonly settings: Pick<Settings, "root" | "host">;
  readonly effects: Pick<Effects, "now" | "pid">;
  readonly home: MeshHome;
  readonly domains: readonly Domain[];
  readonly log: ServerLog;
}

/** What a process that collects shows of it: the function that answers requests, and how many of them ended how. */
export interface Collecting extends AsyncDisposable {
  readonly handler: CollectorHandler;
  counts(): readonly IngestCount[];
}

/** A collector of this process alone. */
export interface OwnCollecting extends Collecting {
  readonly collector: Collector;
}

/** @throws MeshError `ingest/collector-in-use` and those of contracts */
export async function openCollecting({
  settings,
  effects,
  home,
  domains,
  log,
}: CollectingParts): Promise<OwnCollecting> {
  const intakes = readIntakes(settings.root, domains);
  const clock = effects.now;
  const collector = await openCollector({ dir: home.collectorDir, intakes, clock, pid: effects.pid });
  const handler = collectorHandler({
    collector,
    keys: new KeyRing(keyFile(home.home)),
    clock,
    loopback: ["127.0.0.1", "localhost", "::1"].includes(settings.host),
    onFailure: (failure) => log.error("the collector failed", { error: String(failure) }),
  });
  return {
    collector,
    handler,
    counts: () => collector.counts(),
    [Symbol.asyncDispose]: () => collector[Symbol.asyncDispose](),
  };
}

/**
 * For a process that does more than collect. When another one collects for this home, or it cannot be done, the rest goes on,
 * and those who send are told to try again.
 */
export async function collectHere(parts: CollectingParts): Promise<Collecting> {
  try {
    return await openCollecting(parts);
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    const { code, message, hint } = failure;
    if (code === "ingest/collector-in-use")
      parts.log.info("events are taken in by another process", { reason: message });
    else parts.log.error("events cannot be taken in", { code, reason: message, hint });
    return { handler: closedCollector(), counts: () => [], [Symbol.asyncDispose]: async () => undefined };
  }
}
