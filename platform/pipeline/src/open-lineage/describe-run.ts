import type { Run } from "@thoth/control/run";
import type { CheckResult } from "../audit-contract.ts";
import type { Domain, LoadedProduct, SqlFile } from "../domain.ts";
import type { MeshLineage } from "../lineage.ts";
import type { TableLineage } from "../lineage-table.ts";
import { describeTarget } from "../rule-target.ts";
import { datasetFacets, datasetName, lineageFacets, ownersOf } from "./describe-datasets.ts";
import {
  type Facet,
  type Facets,
  facet,
  facets,
  type InputDataset,
  type JobName,
  type OutputDataset,
  ownFacet,
  producer,
  type RunEvent,
  runEventSchema,
} from "./run-event.ts";

/** What is known of the mesh when a run is told of. */
export interface RunSetting {
  /** Of jobs and tables: the name of the mesh to others. */
  readonly namespace: string;
  readonly domains: readonly Domain[];
  /** Empty when it could not be found out. */
  readonly lineage: MeshLineage;
  /** What the audit of the run's product measured, once it has. */
  readonly checks?: readonly CheckResult[];
}

/** What a row of the ledger tells at this moment: that the run has begun, or how it ended. */
export function describeRun(run: Run, setting: RunSetting): RunEvent {
  const { namespace, domains, lineage } = setting;
  const domain = domains.find(({ name }) => name === run.domain);
  const written = writtenTables(run, lineage);
  const has = written.length > 0;
  return {
    eventTime: new Date(run.completedAt ?? run.startedAt ?? run.queuedAt).toISOString(),
    eventType: eventType(run),
    producer,
    schemaURL: runEventSchema,
    run: { runId: run.runId, facets: runFacets(run, setting) },
    job: { ...jobName(run, namespace), facets: jobFacets(run, domain) },
    inputs: has ? readTables(written, lineage).map((table) => inputDataset(table, run, setting)) : [],
    outputs: written.map((table) => outputDataset(table, run, setting)),
  };
}

/** A run that was not begun because of another one ends as well: as one that somebody stopped. */
function eventType({ status }: Run): RunEvent["eventType"] {
  if (status === "queued" || status === "running") return "START";
  if (status === "failed") return "FAIL";
  return status === "success" || status === "partial" ? "COMPLETE" : "ABORT";
}

function jobName({ domain, pipeline }: Pick<Run, "domain" | "pipeline">, namespace: string): JobName {
  return { namespace, name: `${domain}/${pipeline}` };
}

function writtenTables({ domain, pipeline }: Run, lineage: MeshLineage): TableLineage[] {
  const [kind = "", name = ""] = pipeline.split("/");
  const id = { extract: `${domain}/raw.${name}`, clean: `${domain}/clean.${name}`, product: `${domain}/${name}` }[kind];
  return [...lineage.values()].filter((table) => table.id === id || (id !== undefined && table.versionOf === id));
}

/** An earlier version of a product is written from the current one in the same run: that is no input of it. */
function readTables(written: readonly TableLineage[], lineage: MeshLineage): TableLineage[] {
  const own = written.map(({ id }) => id);
  const ids = new Set(written.flatMap(({ reads }) => reads).filter((id) => !own.includes(id)));
  return [...ids].flatMap((id) => lineage.get(id) ?? []);
}

function inputDataset(table: TableLineage, run: Run, { namespace, domains }: RunSetting): InputDataset {
  const owner = domains.find(({ name }) => name === table.domain);
  const statistics = table.layer === "source" && run.rowsRead !== null;
  return {
    ...datasetName(table, namespace),
    facets: datasetFacets(table, owner),
    ...(statistics && {
      inputFacets: { inputStatistics: facet("inputStatistics", counts(run.rowsRead, run.bytesIn)) },
    }),
  };
}

function outputDataset(
  table: TableLineage,
  run: Run,
  { namespace, domains, lineage, checks }: RunSetting,
): OutputDataset {
  const owner = domains.find(({ name }) => name === table.domain);
  const version = run.snapshotId === null ? undefined : facet("datasetVersion", { datasetVersion: run.snapshotId });
  const assertions = table.versionOf === undefined ? checks?.map(assertionOf) : undefined;
  const ended = run.completedAt !== null;
  return {
    ...datasetName(table, namespace),
    facets: {
      ...datasetFacets(table, owner),
      ...(ended && lineageFacets(table, lineage, namespace)),
      ...facets({ version, dataQualityAssertions: assertions && facet("dataQualityAssertions", { assertions }) }),
    },
    ...(ended && run.rowCountAfter !== null && { outputFacets: outputFacets(run) }),
  };
}

/** The standard counts rows; how they changed has no place in it. */
function outputFacets({ rowCountAfter, bytesOut, rowsInserted, rowsUpdated, rowsDeleted, rowsRejected }: Run): Facets {
  return {
    outputStatistics: facet("outputStatistics", counts(rowCountAfter, bytesOut)),
    thoth_rowChanges: ownFacet("thoth_rowChanges", {
      inserted: rowsInserted,
      updated: rowsUpdated,
      deleted: rowsDeleted,
      rejected: rowsRejected,
    }),
  };
}

function counts(rowCount: number | null, size: number | null): Record<string, number> {
  return { ...(rowCount !== null && { rowCount }), ...(size !== null && { size }) };
}

function runFacets(run: Run, { namespace, checks }: RunSetting): Facets {
  // What led to a domain's run does not contain it.
  const parentRunId = run.pipeline === "domain" ? null : run.parentRunId;
  const parent = parentRunId === null ? undefined : parentFacet(run, parentRunId, namespace);
  const { failureMessage: message, trigger } = run;
  const nominalStartTime = new Date(run.queuedAt).toISOString();
  return facets({
    parent,
    nominalTime: trigger === "schedule" ? facet("nominalTime", { nominalStartTime }) : undefined,
    errorMessage: message === null ? undefined : facet("errorMessage", { message, programmingLanguage: "TypeScript" }),
    test: checks && facet("test", { tests: checks.map(testOf) }),
    thoth_ledger: ledgerFacet(run),
  });
}

/** Every job of a domain runs below one run of the domain, which is also the root. */
function parentFacet(run: Run, runId: string, namespace: string): Facet {
  const job = jobName({ domain: run.domain, pipeline: "domain" }, namespace);
  return facet("parent", { run: { runId }, job, root: { run: { runId }, job } });
}

function ledgerFacet({
  status,
  trigger,
  attempt,
  failureClass,
  failureStep,
  rootCauseRunId,
  contractVersion,
}: Run): Facet {
  const known = { failureClass, failureStep, rootCauseRunId, contractVersion };
  const fields = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== null));
  return ownFacet("thoth_ledger", { status, trigger, attempt, ...fields });
}

function jobFacets({ pipeline }: Run, domain: Domain | undefined): Facets {
  const [kind = "", name = ""] = pipeline.split("/");
  const product = domain?.loadedProducts.find((candidate) => kind === "product" && candidate.name === name);
  const query = product?.query ?? domain?.cleanTables.find(({ table }) => kind === "clean" && table === name);
  const description = descriptionOf(domain, product, kind === "domain");
  const type = { processingType: "BATCH", integration: "THOTH_MESH", jobType: kind.toUpperCase() };
  return facets({
    jobType: facet("jobType", type),
    ownership: domain && facet("jobOwnership", { owners: ownersOf(domain) }),
    documentation: description === undefined ? undefined : facet("jobDocumentation", { description }),
    sql: query && facet("sql", sqlOf(query)),
  });
}

function sqlOf({ sql }: SqlFile) {
  return { query: sql, dialect: "duckdb" };
}

function descriptionOf(
  domain: Domain | undefined,
  product: LoadedProduct | undefined,
  whole: boolean,
): string | undefined {
  return whole ? domain?.description : product?.model.purpose;
}

function assertionOf(result: CheckResult) {
  const { check, passed } = result;
  const { name, severity, expected, actual } = testOf(result);
  const column = check.column === undefined ? {} : { column: check.column };
  return { assertion: check.says, success: passed, severity, name, expected, actual, ...column };
}

function testOf({ check, passed, measured, problem }: CheckResult) {
  return {
    name: check.id,
    status: passed ? "pass" : "fail",
    severity: check.severity === "error" ? "error" : "warn",
    type: check.dimension,
    expected: describeTarget(check.target),
    actual: problem ?? String(measured),
    content: check.says,
  };
}
