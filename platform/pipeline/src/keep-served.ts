import { tableNameOf } from "@thoth/kernel/major-names";
import { attachStatement } from "@thoth/warehouse/open-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import { stagedTable } from "./check.ts";
import type { LoadedProduct } from "./domain.ts";
import type { ProductSituation } from "./examine-product.ts";
import { FailureFacts } from "./failure.ts";
import { type JobContext, type JobOutcome, step } from "./job-context.ts";
import { describeRows, keepSnapshot, noChanges } from "./publish-product.ts";
import { type AuditFacts, auditServed } from "./quality/audit-product.ts";

/**
 * Keeps what is served, whose inputs have not changed, when its promises hold: those that the clock or other products
 * could have broken meanwhile are looked at again, on the rows that are served. Where none can, nothing is read.
 * @returns undefined when the rows have to be staged and audited as new ones are: a promise is broken now, or rows that
 *   were held back may be good by now
 * @throws FailureFacts for rows that somebody went back to, and that nothing can be made of anew
 */
export async function keepServed(
  product: LoadedProduct,
  current: Snapshot,
  situation: ProductSituation,
  context: JobContext,
): Promise<JobOutcome | undefined> {
  const standing = await step("audit", () =>
    situation.state === "held"
      ? judgeHeld(product, current, situation, context)
      : judgeLatest(product, current, situation, context),
  );
  if (standing.kind === "doubtful") return undefined;
  await step("publish", () => keepSnapshot(current, situation.watermark, { tell: false }, context));
  const rows = describeRows(current, noChanges);
  return standing.kind === "whole" ? rows : { ...rows, ...describeAudit(standing.facts, current.rowCount) };
}

type Standing =
  /** Audited by this run; or by an earlier one, which held rows back. */
  | { readonly kind: "audited"; readonly facts: AuditFacts }
  /** There is nothing to look at again, and no row was held back. */
  | { readonly kind: "whole" }
  /** Only the staged rows can tell. */
  | { readonly kind: "doubtful" };

async function judgeLatest(
  product: LoadedProduct,
  current: Snapshot,
  { audit, surroundings }: ProductSituation,
  context: JobContext,
): Promise<Standing> {
  if (audit === undefined) return { kind: "doubtful" };
  const { fingerprint, ...facts } = audit;
  if (fingerprint === surroundings.fingerprint)
    return facts.rowsRejected > 0 ? { kind: "audited", facts } : { kind: "whole" };
  if (facts.rowsRejected > 0) return { kind: "doubtful" };
  try {
    const found = await auditAsServed(product, current, context);
    await noteAudit(product, found, surroundings.fingerprint, context);
    return { kind: "audited", facts: found };
  } catch (failure) {
    // Staged, the rows that are to blame can be held back, and the failure tells what it tells of new rows.
    if (failure instanceof FailureFacts) return { kind: "doubtful" };
    throw failure;
  }
}

/** Somebody went back to these rows, so nothing is to come in their place before there is something new. */
async function judgeHeld(
  product: LoadedProduct,
  current: Snapshot,
  { surroundings }: ProductSituation,
  context: JobContext,
): Promise<Standing> {
  const published = await publishedFacts(current, context);
  if (surroundings.isOpen && current.contractVersion === product.model.version) {
    const found = await auditAsServed(product, current, context);
    return { kind: "audited", facts: { ...found, rowsRejected: published?.rowsRejected ?? 0 } };
  }
  return published === undefined ? { kind: "whole" } : { kind: "audited", facts: published };
}

/** What the run that published a state said of it, when it held rows back. */
async function publishedFacts(current: Snapshot, { mesh }: JobContext): Promise<AuditFacts | undefined> {
  const run = current.restoredFrom === undefined ? await mesh.ledger.get(current.runId) : undefined;
  if (run?.status !== "partial") return undefined;
  const { rowsRejected, checksPassed, checksWarned, checksFailed } = run;
  return {
    rowsRejected: rowsRejected ?? 0,
    checksPassed: checksPassed ?? 0,
    checksWarned: checksWarned ?? 0,
    checksFailed: checksFailed ?? 0,
  };
}

/** Through a view in the place of staged rows: nothing is copied. */
async function auditAsServed(product: LoadedProduct, current: Snapshot, context: JobContext): Promise<AuditFacts> {
  const { engine, mesh } = context;
  const { domain, product: name, id, contractVersion } = current;
  const staged = stagedTable(product.model);
  const alias = `served ${product.model.tableName}`;
  await using stack = new AsyncDisposableStack();
  await engine.run(attachStatement(snapshotFile(mesh.home.snapshotsDir, domain, name, id), alias, { read_only: true }));
  stack.defer(async () => void (await engine.run(`DETACH DATABASE IF EXISTS ${quoteIdentifier(alias)}`)));
  const served = qualifiedName(alias, "main", tableNameOf(name, contractVersion));
  await engine.run(`CREATE OR REPLACE VIEW ${staged} AS SELECT * FROM ${served}`);
  stack.defer(async () => void (await engine.run(`DROP VIEW IF EXISTS ${staged}`)));
  return await auditServed(product, context);
}

async function noteAudit(
  { model }: LoadedProduct,
  facts: AuditFacts,
  fingerprint: string,
  { tables }: JobContext,
): Promise<void> {
  const before = tables.of("product", model.tableName);
  if (before === undefined) throw new Error(`nothing is known of ${model.id}, which is served`);
  await tables.change("product", model.tableName, async () => ({ ...before, audit: { fingerprint, ...facts } }));
}

/** A state without some rows stays one for as long as it is served, and was made of those rows too. */
function describeAudit(facts: AuditFacts, rowCount: number): Partial<JobOutcome> {
  const { rowsRejected } = facts;
  if (rowsRejected === 0) return facts;
  return { ...facts, status: "partial", rowsRead: rowCount + rowsRejected };
}
