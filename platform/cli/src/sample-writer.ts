import { workerData } from "node:worker_threads";
import type { DomainDefinition, SampleOptions } from "@thoth/pipeline/domain";

/** The thread that writes one domain's sample: making up years of data keeps a processor busy for a while. */
const { domainFile, options } = workerData as SampleOrder;
const { default: domain } = (await import(domainFile)) as { default: DomainDefinition };
const sample = await domain.sample?.();
await sample?.writeSample(options);

export interface SampleOrder {
  /** URL of the domain's `domain.ts`. */
  readonly domainFile: string;
  readonly options: SampleOptions;
}
