import { dependencyOrder } from "@thoth/warehouse/dependency-order";
import type { Job } from "./job.ts";

/**
 * Puts each job behind those it depends on. One domain's jobs follow each other as long as that is possible, so that
 * few warehouses are open at a time; `after` is heeded unless dependencies say otherwise.
 * @throws MeshError `warehouse/cyclic-dependency` naming the whole cycle
 */
export function orderJobs(jobs: readonly Job[]): Job[] {
  refuseCycles(jobs);
  const plan = new Plan(jobs);
  const ordered: Job[] = [];
  for (let next = plan.next(undefined); next !== undefined; next = plan.next(next.domain)) {
    plan.remove(next);
    ordered.push(next);
  }
  return ordered;
}

function refuseCycles(jobs: readonly Job[]): void {
  dependencyOrder(jobs.map((job) => ({ id: job.id, dependsOn: job.dependsOn, at: placeOf(job) })));
}

function placeOf(job: Job): { file?: string; path: string } {
  if (job.kind === "extract") return { path: job.id };
  return { file: job.kind === "clean" ? job.query.file : job.product.query.file, path: job.id };
}

/** The jobs that are still to be placed. */
class Plan {
  readonly #waiting: Map<string, Job>;

  constructor(jobs: readonly Job[]) {
    this.#waiting = new Map(jobs.map((job) => [job.id, job]));
  }

  remove(job: Job): void {
    this.#waiting.delete(job.id);
  }

  /** The first job that can run: of the domain at work, else of one that need not be left again, else of any. */
  next(domain: string | undefined): Job | undefined {
    const ready = [...this.#waiting.values()].filter((job) => this.#isPlaced(job.dependsOn));
    const inTime = ready.filter((job) => this.#isPlaced(job.after));
    return (
      inTime.find((job) => job.domain === domain) ??
      inTime.find((job) => this.#isIndependent(job.domain)) ??
      inTime[0] ??
      ready[0]
    );
  }

  #isPlaced(ids: readonly string[]): boolean {
    return ids.every((id) => !this.#waiting.has(id));
  }

  #isIndependent(domain: string): boolean {
    const own = [...this.#waiting.values()].filter((job) => job.domain === domain);
    return own.every((job) =>
      [...job.dependsOn, ...job.after].every((id) => (this.#waiting.get(id)?.domain ?? domain) === domain),
    );
  }
}
