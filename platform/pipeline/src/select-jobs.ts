import type { Domain } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import type { Job } from "./job.ts";
import { productJobId } from "./job.ts";

/** What is asked to run; everything when there is no domain, a whole domain when there is no product. */
export interface RunTarget {
  readonly domain?: string;
  readonly product?: string;
}

/**
 * @param target `ontrack-learning` or `ontrack-learning/units`
 * @throws MeshError `pipeline/unknown-target`
 */
export function parseTarget(domains: readonly Domain[], target: string | undefined): RunTarget {
  if (target === undefined) return {};
  for (const { name, products } of domains) {
    if (target === name) return { domain: name };
    const product = products.find((candidate) => target === `${name}/${candidate.name}`)?.name;
    if (product !== undefined) return { domain: name, product };
  }
  const known = domains.flatMap(({ name, products }) => [name, ...products.map((entry) => `${name}/${entry.name}`)]);
  throw pipelineError["unknown-target"]({ target, known }, { at: { path: target } });
}

/**
 * The domains as far as a target concerns them. Of the others only the names of their products matter, so a mistake in
 * the SQL of one domain does not keep another from running by itself.
 */
export function narrowTo(domains: readonly Domain[], { domain }: RunTarget): readonly Domain[] {
  if (domain === undefined) return domains;
  return domains.map((other) => (other.name === domain ? other : { ...other, cleanTables: [], loadedProducts: [] }));
}

/**
 * The jobs that a target asks for: a whole domain, or one product with all that it is made from in its own domain.
 * Products of other domains are read as they are published.
 * @param jobs in the order in which they can run
 */
export function selectJobs(jobs: readonly Job[], { domain, product }: RunTarget): Job[] {
  if (domain === undefined) return [...jobs];
  const own = jobs.filter((job) => job.domain === domain);
  if (product === undefined) return own;
  const wanted = closure(productJobId(domain, product), new Map(own.map((job) => [job.id, job])));
  return own.filter((job) => wanted.has(job.id));
}

function closure(start: string, jobs: ReadonlyMap<string, Job>): Set<string> {
  const found = new Set<string>();
  const pending = [start];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    const job = jobs.get(id);
    if (job === undefined || found.has(id)) continue;
    found.add(id);
    pending.push(...job.dependsOn);
  }
  return found;
}
