import { type Analyses, analysisOf } from "./analyses.ts";
import type { Domain } from "./domain.ts";
import { cleanJobId, extractJobId, type Job, productJobId } from "./job.ts";
import { cleanDependencies, productDependencies } from "./job-dependencies.ts";
import { orderJobs } from "./order-jobs.ts";

export type { Analyses } from "./analyses.ts";
export type { Job } from "./job.ts";

/**
 * All work of all domains in an order in which it can run. What a query reads is what it depends on; nothing is
 * declared twice.
 * @throws MeshError with file, line and column when a query reads what it may not, or when jobs depend on each other in a circle
 */
export function planJobs(domains: readonly Domain[], analyses: Analyses): Job[] {
  return orderJobs(domains.flatMap((domain) => domainJobs(domain, domains, analyses)));
}

function domainJobs(domain: Domain, domains: readonly Domain[], analyses: Analyses): Job[] {
  const cleans = domain.cleanTables.map((query): Job => {
    const dependsOn = cleanDependencies(analysisOf(analyses, query), domain);
    return {
      kind: "clean",
      id: cleanJobId(domain.name, query.table),
      domain: domain.name,
      query,
      dependsOn,
      after: [],
    };
  });
  const products = domain.loadedProducts.map((product): Job => {
    const dependsOn = productDependencies(analysisOf(analyses, product.query), { product, domain, domains });
    const id = productJobId(domain.name, product.name);
    // Rows that refer to others are best judged when the others are up to date.
    const referred = product.model.relationships.map(({ to }) => productJobId(to.domain, to.product));
    const after = referred.filter((other) => other !== id);
    return { kind: "product", id, domain: domain.name, product, dependsOn, after };
  });
  return [...extractJobs(domain, domains), ...cleans, ...products];
}

/** A domain that observes the mesh extracts after the products of the others, also to tell that they failed. */
function extractJobs(domain: Domain, domains: readonly Domain[]): Job[] {
  const others = domains.filter((other) => other.name !== domain.name && !observes(other));
  const observed = others.flatMap((other) => other.products.map((product) => productJobId(other.name, product.name)));
  return domain.sources.flatMap((source) =>
    source.streams.map(
      (stream): Job => ({
        kind: "extract",
        id: extractJobId(domain.name, stream.name),
        domain: domain.name,
        source: source.name,
        stream: stream.name,
        dependsOn: [],
        after: source.observesMesh === true ? observed : [],
      }),
    ),
  );
}

function observes(domain: Domain): boolean {
  return domain.sources.some((source) => source.observesMesh === true);
}
