import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProductModel } from "@thoth/contract/product-model";
import type { ReadContext } from "@thoth/ingest/connector";
import { landStream } from "@thoth/ingest/land";
import { analyseDomains } from "@thoth/pipeline/analyse-domains";
import { auditContract, describeFailure } from "@thoth/pipeline/audit-contract";
import type { Domain, LoadedProduct } from "@thoth/pipeline/domain";
import { loadDomain } from "@thoth/pipeline/load-domain";
import { type Analyses, type Job, planJobs } from "@thoth/pipeline/plan-jobs";
import { stageProduct } from "@thoth/pipeline/stage-product";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { fillInputProducts, foreignAnalyses, foreignDomains, type InputRows, inputModels } from "./input-products.ts";
import { fillRawTables, type RawRows } from "./raw-rows.ts";
import { tempDir } from "./temp-dir.ts";

export interface DomainCaseOptions {
  readonly raw?: RawRows;
  /** What products of other domains hold that `product.sql` reads. */
  readonly inputs?: InputRows;
  /** `_loaded_at` of all rows. */
  readonly loadedAt?: string;
}

/** A domain's own SQL and contracts over a few rows, without sources, ledger or snapshots. */
export interface DomainCase extends AsyncDisposable {
  readonly domain: Domain;
  readonly engine: WriteSide;
  /** Computes what the product reads, then the product; rows in key order with the contract's columns and types. */
  product(name: string): Promise<SqlRow[]>;
  /** Computes a cleaned table and what it reads; rows in the order of their columns. */
  clean(table: string): Promise<SqlRow[]>;
  /** Lands every stream of every source from files under a folder, as an extraction at that instant (epoch ms) would. */
  extract(sourcesDir: string, now: number): Promise<void>;
  /** Promises of the contract that the product does not keep, in words; compute the product first. */
  brokenPromises(name: string): Promise<string[]>;
}

/**
 * Reads a domain once for the cases of one test file: `const openCase = domainCases(new URL("../../domain.ts", import.meta.url))`.
 * Only what a test asks for is computed.
 */
export function domainCases(domainFile: URL): (options?: DomainCaseOptions) => Promise<DomainCase> {
  let plan: Promise<DomainPlan> | undefined;
  return async (options = {}) => {
    plan ??= readPlan(fileURLToPath(domainFile));
    return openCase(await plan, options);
  };
}

interface DomainPlan {
  readonly root: string;
  readonly domain: Domain;
  readonly analyses: Analyses;
  readonly jobs: readonly Job[];
  readonly inputs: readonly ProductModel[];
}

async function readPlan(file: string): Promise<DomainPlan> {
  const root = resolve(file, "../../..");
  const domain = await loadDomain(file, root);
  const inputs = await inputModels(domain, root);
  const others = foreignDomains(domain, inputs);
  const analyses = new Map([...(await analyseDomains([domain])), ...foreignAnalyses(others)]);
  return { root, domain, analyses, jobs: planJobs([domain, ...others], analyses), inputs };
}

async function openCase(plan: DomainPlan, options: DomainCaseOptions): Promise<DomainCase> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const warehouse = { file: join(dir.path, "case.duckdb"), tmpDir: dir.path, pseudonymKey: "a key for tests" };
  const engine = stack.use(await openWriteSide(warehouse));
  const streams = plan.domain.sources.flatMap((source) => source.streams);
  await fillRawTables(engine, streams, options.raw ?? {}, options.loadedAt ?? null);
  await fillInputProducts(engine, plan.inputs, options.inputs ?? {});
  return new OpenDomainCase(plan, engine, stack.move());
}

/** Sources that show the mesh itself have nothing to show here. */
const noControl = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new Error(`a domain case has no control plane to ask for ${String(name)}`);
    },
  },
) as ReadContext["control"];

class OpenDomainCase implements DomainCase {
  readonly domain: Domain;
  readonly engine: WriteSide;
  readonly #plan: DomainPlan;
  readonly #done = new Set<string>();
  readonly #resources: AsyncDisposableStack;
  readonly #signal = new AbortController().signal;

  constructor(plan: DomainPlan, engine: WriteSide, resources: AsyncDisposableStack) {
    this.domain = plan.domain;
    this.engine = engine;
    this.#plan = plan;
    this.#resources = resources;
  }

  async product(name: string): Promise<SqlRow[]> {
    const { model } = this.#productNamed(name);
    await this.#compute(`${this.domain.name}/product/${name}`);
    const key = model.key.map(quoteIdentifier).join(", ");
    return this.engine.query(`from ${qualifiedName("staging", model.tableName)} order by ${key}`);
  }

  async clean(table: string): Promise<SqlRow[]> {
    await this.#compute(`${this.domain.name}/clean/${table}`);
    return this.engine.query(`from ${qualifiedName("clean", table)} order by all`);
  }

  async extract(sourcesDir: string, now: number): Promise<void> {
    const options = { engine: this.engine, sourcesDir, now, root: this.#plan.root, control: noControl, runId: "case" };
    for (const source of this.domain.sources) {
      for (const stream of source.streams)
        await landStream(source, stream, { ...options, full: false, signal: this.#signal });
    }
  }

  async brokenPromises(name: string): Promise<string[]> {
    const audit = await auditContract(this.engine, this.#productNamed(name).model, { signal: this.#signal });
    return audit.results.filter((result) => !result.passed).map(describeFailure);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #productNamed(name: string): LoadedProduct {
    const product = this.domain.loadedProducts.find((candidate) => candidate.name === name);
    if (product === undefined) throw new Error(`${this.domain.name} has no product ${name}`);
    return product;
  }

  async #compute(id: string): Promise<void> {
    if (this.#done.has(id)) return;
    const job = this.#plan.jobs.find((candidate) => candidate.id === id);
    if (job === undefined) throw new Error(`${this.domain.name} has no job ${id}`);
    const own = job.dependsOn.filter((needed) => needed.startsWith(`${this.domain.name}/`));
    for (const needed of own) await this.#compute(needed);
    if (job.kind === "clean") await this.engine.run(`create table clean.${job.query.table} as ${job.query.sql}`);
    if (job.kind === "product") {
      await stageProduct(job.product, this.#plan.analyses, { engine: this.engine, signal: this.#signal });
    }
    this.#done.add(id);
  }
}
