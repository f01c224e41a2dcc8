import type { ProductModel } from "@thoth/contract/product-model";
import type { QualityResult } from "@thoth/control/quality-record";
import { openQualityStore } from "@thoth/control/quality-store";
import type { MeshError, Place } from "@thoth/kernel/mesh-error";
import { type Audit, type AuditOptions, auditContract, type CheckResult, describeFailure } from "../audit-contract.ts";
import { auditPrevious } from "../audit-previous.ts";
import type { LoadedProduct } from "../domain.ts";
import { pipelineError } from "../errors.ts";
import { FailureFacts } from "../failure.ts";
import type { JobContext } from "../job-context.ts";
import type { StandingAudit } from "../table-states.ts";
import { type Anomaly, describeExpectation, judgedProfiles, judgeProfile } from "./judge-profile.ts";
import { attachRelationships } from "./judged-relationships.ts";
import { profileTable, type TableProfile } from "./profile-table.ts";
import { recordAudit } from "./record-audit.ts";
import { rejectRows } from "./reject-rows.ts";

/** What the audit lets through, and what the ledger is told of it. */
export interface PassedAudit {
  readonly facts: AuditFacts;
  readonly profile: TableProfile;
}

/** Where rows were rejected, the contract allows to publish the others, and those are left. */
export type AuditFacts = Omit<StandingAudit, "fingerprint">;

export interface AuditOccasion {
  /** The staged rows are those that are served: they kept their promises once. */
  readonly isServed: boolean;
}

/**
 * Holds the staged rows against everything the contract promises, against what earlier major versions still promise and
 * against the product's own history. Rows that break a promise go into quarantine; the others may be published without
 * them where the contract says so. Whatever comes of it is in the history of quality before this returns or throws.
 * @throws FailureFacts around MeshError `pipeline/checks-failed`, `pipeline/consent-broken`, `pipeline/check-not-run`,
 *   `pipeline/too-many-rejected`, `pipeline/anomaly`, `pipeline/previous-broken`
 */
export function auditProduct(
  product: LoadedProduct,
  context: JobContext,
  occasion: AuditOccasion,
): Promise<PassedAudit> {
  return recorded(context, (records) => judge(product, context, records, occasion));
}

/**
 * Holds the rows that are served, and stand in the place of staged ones, against what the contract promises, once more.
 * They are held against the product's history no more: they are part of it.
 * @throws FailureFacts as `auditProduct` does
 */
export function auditServed(product: LoadedProduct, context: JobContext): Promise<AuditFacts> {
  return recorded(context, async (records) => {
    const { audit } = await measure(product, context, records, "served");
    const broken = audit.results.filter(isBroken);
    if (broken.length > 0) throw failed(audit, 0, brokenContract(product.model, broken, { isServed: true }));
    const counts = sum(audit, await auditEarlier(product, context, records, audit));
    return { ...describeCounts(counts, []), rowsRejected: 0 };
  });
}

async function recorded<T>({ mesh }: JobContext, work: (records: QualityResult[]) => Promise<T>): Promise<T> {
  const records: QualityResult[] = [];
  try {
    return await work(records);
  } finally {
    await openQualityStore(mesh.control).saveResults(records, mesh.clock());
  }
}

async function measure(
  { model }: LoadedProduct,
  context: JobContext,
  records: QualityResult[],
  rows: "staged" | "served",
) {
  const { engine, mesh, runId, signal } = context;
  const { judged: relationships, open } = await attachRelationships(model, context);
  const options = { signal, now: mesh.clock(), relationships };
  const audit = await auditContract(engine, model, options);
  mesh.onAudit?.(runId, { rows, results: audit.results });
  records.push(...recordAudit({ runId, model, now: mesh.clock() }, { results: audit.results, open }));
  refuseUnmeasured(model, audit);
  return { audit, options };
}

async function judge(
  product: LoadedProduct,
  context: JobContext,
  records: QualityResult[],
  occasion: AuditOccasion,
): Promise<PassedAudit> {
  const { model } = product;
  const { engine, mesh, runId, signal } = context;
  const { audit, options } = await measure(product, context, records, "staged");
  const rowsRejected = audit.failed === 0 ? 0 : await holdBack(model, audit, context, { ...options, ...occasion });
  const counts = sum(audit, await auditEarlier(product, context, records, audit));
  const profile = await profileTable(engine, model, { signal });
  const anomalies = await findAnomalies(model, profile, context);
  const whose = { runId, model: { ...model, rules: [] }, now: mesh.clock() };
  records.push(...recordAudit(whose, { results: [], anomalies }));
  const facts = { ...describeCounts(counts, anomalies), rowsRejected };
  refuseAnomalies(model, anomalies, facts);
  return { facts, profile };
}

type Counts = Pick<Audit, "passed" | "warned" | "failed">;

/** What nobody could measure is no promise that was kept, whatever it would have meant. */
function refuseUnmeasured(model: ProductModel, audit: Audit): void {
  const unmeasured = audit.results.filter(({ problem }) => problem !== undefined);
  if (unmeasured.length === 0) return;
  const told = { product: model.id, rules: unmeasured.map(describeFailure) };
  throw failed(audit, 0, pipelineError["check-not-run"](told, { at: placeOf(model, unmeasured) }));
}

/** @returns how many rows were taken out of the staged table */
async function holdBack(
  model: ProductModel,
  audit: Audit,
  context: JobContext,
  { isServed, ...options }: AuditOptions & AuditOccasion,
): Promise<number> {
  const broken = audit.results.filter(isBroken);
  await using rejected = await rejectRows(model, broken, context);
  const { partialPublish } = model;
  const at = placeOf(model, broken);
  const told = { product: model.id, failed: broken.map(describeFailure) };
  const blamesRows = broken.every(({ check }) => check.rows !== undefined);
  const isGuarded = broken.some(({ check }) => check.guards !== undefined);
  if (partialPublish === undefined || !blamesRows)
    throw failed(audit, rejected.count, brokenContract(model, broken, { isServed }));
  const { count, rows } = rejected;
  if (count / rows > partialPublish.maxRejectedShare) {
    if (isGuarded) throw failed(audit, count, brokenContract(model, broken, { isServed }));
    const counted = { ...told, rejected: count, rows, limit: partialPublish.maxRejectedShare };
    throw failed(audit, count, pipelineError["too-many-rejected"](counted, { at }));
  }
  await rejected.remove();
  const again = await auditContract(context.engine, model, options);
  context.mesh.onAudit?.(context.runId, { rows: "left", results: again.results });
  const left = again.results.filter(isBroken);
  if (left.length === 0) return rejected.count;
  throw failed(audit, rejected.count, brokenContract(model, left, { isServed }));
}

function brokenContract(model: ProductModel, broken: readonly CheckResult[], { isServed }: AuditOccasion): MeshError {
  const told = { product: model.id, failed: broken.map(describeFailure) };
  const guarded = broken.filter(({ check }) => check.guards === "consent");
  if (guarded.length > 0) return pipelineError["consent-broken"](told, { at: placeOf(model, guarded) });
  const rows = isServed ? "served" : "staged";
  return pipelineError["checks-failed"]({ ...told, rows }, { at: placeOf(model, broken) });
}

/** What earlier major versions still promise of the same rows. */
async function auditEarlier(
  product: LoadedProduct,
  context: JobContext,
  records: QualityResult[],
  own: Counts,
): Promise<Counts> {
  const previous = await auditPrevious(product, context);
  for (const { earlier, audit } of previous) {
    const whose = { runId: context.runId, model: earlier.model, now: context.mesh.clock() };
    records.push(...recordAudit(whose, audit));
  }
  const total = previous.map(({ audit }) => audit).reduce(sum, { passed: 0, warned: 0, failed: 0 } as Counts);
  const broken = previous.find(({ audit }) => audit.failed > 0);
  if (broken === undefined) return total;
  const { model: old, mapping } = broken.earlier;
  const messages = broken.audit.results.filter(isBroken).map(describeFailure);
  const told = { product: product.model.id, version: old.version, failed: messages };
  throw failed(sum(own, total), 0, pipelineError["previous-broken"](told, { at: { file: mapping.file } }));
}

async function findAnomalies(model: ProductModel, profile: TableProfile, { mesh }: JobContext): Promise<Anomaly[]> {
  const { domain, product, version } = model;
  const profiles = await openQualityStore(mesh.control).profiles({ domain, product, limit: judgedProfiles });
  const major = version.split(".")[0];
  const alike = profiles.filter(({ contractVersion }) => contractVersion.split(".")[0] === major);
  return judgeProfile(model, alike.toReversed(), { ...profile, profiledAt: mesh.clock() });
}

function refuseAnomalies(model: ProductModel, anomalies: readonly Anomaly[], facts: PassedAudit["facts"]): void {
  const blocking = anomalies.filter(({ severity }) => severity === "error");
  const [first] = blocking;
  if (first === undefined) return;
  const found = blocking.map(
    ({ says, measured, verdict }) => `${says} (measured ${measured}, expected ${describeExpectation(verdict)})`,
  );
  const at = { file: model.file, line: first.line };
  throw new FailureFacts(facts, pipelineError.anomaly({ product: model.id, found }, { at }));
}

function failed(counts: Counts, rowsRejected: number, error: MeshError): FailureFacts {
  return new FailureFacts({ ...describeCounts(counts, []), rowsRejected }, error);
}

function describeCounts({ passed, warned, failed: broken }: Counts, anomalies: readonly Anomaly[]) {
  const of = (severity: Anomaly["severity"]) => anomalies.filter((anomaly) => anomaly.severity === severity).length;
  return { checksPassed: passed, checksWarned: warned + of("warning"), checksFailed: broken + of("error") };
}

function placeOf({ file }: ProductModel, [first]: readonly CheckResult[]): Place {
  return { file, ...(first && { line: first.check.line }) };
}

function isBroken({ passed, check }: CheckResult): boolean {
  return !passed && check.severity === "error";
}

function sum(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, warned: a.warned + b.warned, failed: a.failed + b.failed };
}
