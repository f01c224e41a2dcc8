import type { ProductModel } from "@thoth/contract/product-model";
import { tableNameOf } from "@thoth/kernel/major-names";
import type { Place } from "@thoth/kernel/mesh-error";
import { compareWithPrevious, type RowChanges } from "@thoth/warehouse/publish-snapshot";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import type { Analyses } from "./analyses.ts";
import { type Audit, auditContract, type CheckResult, describeFailure } from "./audit-contract.ts";
import { auditPrevious } from "./audit-previous.ts";
import { stagedTable } from "./check.ts";
import type { LoadedProduct } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import { examineProduct, type ProductSituation } from "./examine-product.ts";
import { FailureFacts } from "./failure.ts";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";
import { describeRows, keepSnapshot, noChanges, publishProduct } from "./publish-product.ts";
import { attachInputs } from "./published-inputs.ts";
import { stageProduct } from "./stage-product.ts";

/**
 * Stage, audit, publish. A product whose inputs have not changed since, or whose rows came out the same, keeps its
 * snapshot and only moves its watermark; a product that breaks its contract keeps it too, and the run fails.
 */
export async function runProduct(product: LoadedProduct, analyses: Analyses, context: JobContext): Promise<JobOutcome> {
  const situation = await step("stage", () => examineProduct(product, analyses, context));
  try {
    const outcome = await bringUpToDate(product, analyses, situation, context);
    return { ...situation.facts, watermarkAfter: situation.watermark, ...outcome };
  } catch (failure) {
    throw new FailureFacts(situation.facts, failure);
  }
}

async function bringUpToDate(
  product: LoadedProduct,
  analyses: Analyses,
  situation: ProductSituation,
  context: JobContext,
): Promise<JobOutcome> {
  const { current, watermark, state } = situation;
  if (current !== undefined && state !== "outdated") {
    await step("publish", () => keepSnapshot(current, watermark, { tell: false }, context));
    return describeRows(current, noChanges);
  }
  await using _ = await stage(product, analyses, situation, context);
  const audit = await step("audit", () => auditOrFail(product, context));
  const { snapshot, ...published } = await step("publish", () => publishIfChanged(product, situation, context));
  const { fingerprint } = situation;
  await context.tables.change("product", product.model.tableName, async () => ({
    fingerprint,
    version: snapshot.id,
    rowCount: snapshot.rowCount,
  }));
  return { ...published, ...counts(audit) };
}

/** The staged rows go when the returned resource is disposed. */
async function stage(
  product: LoadedProduct,
  analyses: Analyses,
  { inputs }: ProductSituation,
  context: JobContext,
): Promise<AsyncDisposable> {
  await step("stage", async () => {
    await attachInputs(inputs, context);
    await stageProduct(product, analyses, context);
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await context.engine.run(`DROP TABLE IF EXISTS ${stagedTable(product.model)}`);
    },
  };
}

type Counts = Pick<Audit, "passed" | "warned" | "failed">;

/** The product's own promises, and those that earlier major versions still make. */
async function auditOrFail(product: LoadedProduct, context: JobContext): Promise<Counts> {
  const { model } = product;
  const audit = await auditContract(context.engine, model, context.signal);
  context.mesh.onAudit?.(context.runId, audit.results);
  if (audit.failed > 0) {
    const at = placeOfFirst(model, audit);
    const error = pipelineError["checks-failed"]({ product: model.id, failed: failuresOf(audit) }, { at });
    throw new FailureFacts(counts(audit), error);
  }
  const previous = await auditPrevious(product, context);
  const total = previous.map((each) => each.audit).reduce(sum, audit as Counts);
  const broken = previous.find((each) => each.audit.failed > 0);
  if (broken === undefined) return total;
  const { model: old, mapping } = broken.earlier;
  const told = { product: model.id, version: old.version, failed: failuresOf(broken.audit) };
  throw new FailureFacts(counts(total), pipelineError["previous-broken"](told, { at: { file: mapping.file } }));
}

function placeOfFirst({ file }: ProductModel, { results }: Audit): Place {
  const first = results.find(isBroken);
  return { file, ...(first && { line: first.check.line }) };
}

function failuresOf({ results }: Audit): string[] {
  return results.filter(isBroken).map(describeFailure);
}

function isBroken({ passed, check }: CheckResult): boolean {
  return !passed && check.severity === "error";
}

function sum(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, warned: a.warned + b.warned, failed: a.failed + b.failed };
}

function counts({
  passed,
  warned,
  failed,
}: Counts): Pick<JobOutcome, "checksPassed" | "checksWarned" | "checksFailed"> {
  return { checksPassed: passed, checksWarned: warned, checksFailed: failed };
}

type Published = JobOutcome & { readonly snapshot: Snapshot };

async function publishIfChanged(
  { model }: LoadedProduct,
  { current, intact, watermark }: ProductSituation,
  context: JobContext,
): Promise<Published> {
  const { engine, mesh, signal } = context;
  // A snapshot of another major version has other columns and names: nothing of it can be compared.
  const comparable = current !== undefined && tableNameOf(model.product, current.contractVersion) === model.tableName;
  const previous = intact && comparable ? current : undefined;
  const previousFile = previous && snapshotFile(mesh.home.snapshotsDir, model.domain, model.product, previous.id);
  const changes = await compareWithPrevious(engine, { table: model.tableName, key: model.key, previousFile });
  if (previous?.contractVersion === model.version && isSame(changes)) {
    await keepSnapshot(previous, watermark, { tell: true }, context);
    return { snapshot: previous, ...describeRows(previous, changes) };
  }
  signal.throwIfAborted();
  const snapshot = await publishProduct(model, watermark, context);
  return { snapshot, ...describeRows(snapshot, changes), bytesOut: snapshot.sizeBytes };
}

function isSame({ inserted, updated, deleted }: RowChanges): boolean {
  return inserted === 0 && updated === 0 && deleted === 0;
}
