import { once } from "node:events";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Domain, SampleOptions } from "@thoth/pipeline/domain";
import { cliError } from "./errors.ts";
import type { SampleOrder } from "./sample-writer.ts";

/**
 * Writes a domain's sample in a thread of its own, so that this one goes on serving and hears when it is to stop. What
 * was half written then is written over the next time.
 * @throws MeshError `cli/sample-failed`; the signal's reason when it aborts
 */
export async function writeSample(domain: Domain, options: SampleOptions, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const order: SampleOrder = { domainFile: pathToFileURL(path.join(domain.dir, "domain.ts")).href, options };
  const writer = new Worker(new URL(`./sample-writer${path.extname(import.meta.url)}`, import.meta.url), {
    workerData: order,
  });
  const stop = () => void writer.terminate();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await once(writer, "exit");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cliError["sample-failed"]({ domain: domain.name, reason }, { cause });
  } finally {
    signal.removeEventListener("abort", stop);
  }
  signal.throwIfAborted();
}
