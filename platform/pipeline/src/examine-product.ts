import type { ProductModel } from "@thoth/contract/product-model";
import { tableNameOf } from "@thoth/kernel/major-names";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { type Analyses, analysisOf } from "./analyses.ts";
import { type AuditSurroundings, auditSurroundings } from "./audit-surroundings.ts";
import { showsWithdrawn } from "./consent-states.ts";
import type { LoadedProduct } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import { productFingerprint } from "./input-fingerprint.ts";
import type { JobContext, JobOutcome } from "./job-context.ts";
import { type PublishedInput, publishedInputs } from "./published-inputs.ts";
import { isIntact } from "./snapshot-health.ts";
import type { StandingAudit } from "./table-states.ts";
import { productWatermark } from "./watermark.ts";

/** How a product stands before its run. */
export interface ProductSituation {
  /** Of the query, the promises and everything that is read. */
  readonly fingerprint: string;
  readonly inputs: readonly PublishedInput[];
  readonly watermark: number | null;
  /** What is served now; undefined before the first publish. */
  readonly current: Snapshot | undefined;
  /** Whether the file of what is served can be read. */
  readonly intact: boolean;
  /**
   * `latest`: what is served came from exactly these inputs. `held`: something else did, and somebody went back to
   * what is served. `outdated`: it has to be computed.
   */
  readonly state: "latest" | "held" | "outdated";
  /** What was said of the rows that were last computed; undefined when nobody remembers. */
  readonly audit: StandingAudit | undefined;
  /** What another audit of the same rows would depend on. */
  readonly surroundings: AuditSurroundings;
  /** What the ledger is told in any case. */
  readonly facts: Pick<JobOutcome, "checkpointBefore" | "watermarkBefore">;
}

/** @throws MeshError `pipeline/input-not-published`, `pipeline/input-withheld` */
export async function examineProduct(
  product: LoadedProduct,
  analyses: Analyses,
  context: JobContext,
): Promise<ProductSituation> {
  const { model, query } = product;
  const analysis = analysisOf(analyses, query);
  const served = await context.mesh.pointers.current();
  const current = served.find((entry) => entry.domain === model.domain && entry.product === model.product);
  const inputs = publishedInputs(product, analysis, served, context);
  await refuseWithheld(model, inputs, context);
  const fingerprint = productFingerprint(product, analysis, inputs, context);
  const intact = current !== undefined && (await isIntact(current, tableOf(current), context));
  const state = await judgeState(model, fingerprint, intact ? current : undefined, context);
  // Rows that somebody went back to are complete up to where they were, not up to where the sources are.
  const held = state === "held" ? current : undefined;
  const watermark = held ? held.watermark : productWatermark(product, analyses, inputs, context);
  const facts = { checkpointBefore: pinned(inputs), watermarkBefore: current?.watermark ?? null };
  const audit = context.tables.of("product", model.tableName)?.audit;
  const surroundings = await auditSurroundings(product, served, context);
  return { fingerprint, inputs, watermark, current, intact, state, audit, surroundings, facts };
}

/** What readers may not see must not come to them by way of another product. */
async function refuseWithheld(
  { id: product }: ProductModel,
  inputs: readonly PublishedInput[],
  { mesh }: Pick<JobContext, "mesh">,
): Promise<void> {
  for (const { id: input, snapshot } of inputs)
    if (await showsWithdrawn(mesh, snapshot)) throw pipelineError["input-withheld"]({ input, product });
}

/** @param current what is served; undefined when that cannot be read */
async function judgeState(
  { domain, product, tableName }: ProductModel,
  fingerprint: string,
  current: Snapshot | undefined,
  context: JobContext,
): Promise<ProductSituation["state"]> {
  const before = context.tables.of("product", tableName);
  if (context.full || current === undefined || before?.fingerprint !== fingerprint) return "outdated";
  if (tableOf(current) !== tableName) return "outdated";
  // An earlier version of the mesh did not note what the audit said.
  if (before.version === current.id) return before.audit === undefined ? "outdated" : "latest";
  // Something went back to an older snapshot: somebody who chose to, unless the newer one cannot be read.
  const history = await context.mesh.pointers.history(domain, product);
  const newer = history.find((entry) => entry.id === before.version);
  return newer !== undefined && (await isIntact(newer, tableOf(newer), context)) ? "held" : "outdated";
}

/** The table is called as the version that was published. */
function tableOf({ product, contractVersion }: Snapshot): string {
  return tableNameOf(product, contractVersion);
}

/** Which snapshots of other products the run reads. */
function pinned(inputs: readonly PublishedInput[]) {
  if (inputs.length === 0) return null;
  return { inputs: Object.fromEntries(inputs.map((input) => [input.id, input.snapshot.id])) };
}
