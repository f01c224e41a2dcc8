import { openQualityStore } from "@thoth/control/quality-store";
import { tableNameOf } from "@thoth/kernel/major-names";
import { compareWithPrevious, type RowChanges } from "@thoth/warehouse/publish-snapshot";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import type { Analyses } from "./analyses.ts";
import { stagedTable } from "./check.ts";
import type { LoadedProduct } from "./domain.ts";
import { examineProduct, type ProductSituation } from "./examine-product.ts";
import { FailureFacts } from "./failure.ts";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";
import { keepServed } from "./keep-served.ts";
import { withMoreMemory } from "./memory-limit.ts";
import { describeRows, keepSnapshot, publishProduct } from "./publish-product.ts";
import { attachInputs } from "./published-inputs.ts";
import { type AuditOccasion, auditProduct, type PassedAudit } from "./quality/audit-product.ts";
import type { TableProfile } from "./quality/profile-table.ts";
import { stageProduct } from "./stage-product.ts";

/**
 * Stage, audit, publish. A product whose inputs have not changed since, or whose rows came out the same, keeps its
 * snapshot and only moves its watermark; a product that breaks its contract keeps it too, and the run fails. So does one
 * whose rows are as they were, and keep their promises no more.
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
  const { current, state } = situation;
  const kept =
    current !== undefined && state !== "outdated" && (await keepServed(product, current, situation, context));
  if (kept) return kept;
  await using _ = await stage(product, analyses, situation, context);
  const passed = await step("audit", () => auditProduct(product, context, occasionOf(situation)));
  const { facts } = passed;
  try {
    const published = await publishAudited(product, situation, passed, context);
    // What was held back was read as well.
    const rowsRead = (published.rowsRead ?? 0) + facts.rowsRejected;
    return { ...published, ...facts, rowsRead, ...(facts.rowsRejected > 0 && { status: "partial" }) };
  } catch (failure) {
    throw new FailureFacts(facts, failure);
  }
}

/** Whether the rows are known already: then they kept what they were promised when they were published. */
function occasionOf({ state, audit }: ProductSituation): AuditOccasion {
  return { isServed: state === "latest" && audit?.rowsRejected === 0 };
}

async function publishAudited(
  product: LoadedProduct,
  situation: ProductSituation,
  { profile, facts }: PassedAudit,
  context: JobContext,
): Promise<JobOutcome> {
  const { snapshot, ...published } = await step("publish", () => publishIfChanged(product, situation, context));
  await step("publish", () => keepProfile(snapshot, profile, context));
  const { fingerprint, surroundings } = situation;
  await context.tables.change("product", product.model.tableName, async () => ({
    fingerprint,
    version: snapshot.id,
    rowCount: snapshot.rowCount,
    audit: { fingerprint: surroundings.fingerprint, ...facts },
  }));
  return published;
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
    await withMoreMemory(context, () => stageProduct(product, analyses, context));
  });
  return {
    [Symbol.asyncDispose]: async () => {
      await context.engine.run(`DROP TABLE IF EXISTS ${stagedTable(product.model)}`);
    },
  };
}

/** A snapshot that came out the same has its profile already. */
async function keepProfile(snapshot: Snapshot, profile: TableProfile, { mesh, runId }: JobContext): Promise<void> {
  const { id: snapshotId, domain, product, contractVersion } = snapshot;
  const whose = { snapshotId, runId, domain, product, contractVersion, profiledAt: snapshot.publishedAt };
  await openQualityStore(mesh.control).saveProfile({ ...whose, ...profile });
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
