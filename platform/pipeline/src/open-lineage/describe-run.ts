import type { Run } from "@thoth/control/run";
import { engineVersion } from "@thoth/warehouse/engine-version";
import type { Domain, LoadedProduct, SqlFile } from "../domain.ts";
import { testFacet } from "./describe-checks.ts";
import { ownersOf } from "./describe-datasets.ts";
import { runDatasets } from "./run-datasets.ts";
import {
  type Facet,
  type Facets,
  facet,
  facets,
  type JobName,
  ownFacet,
  producer,
  type RunEvent,
  runEventSchema,
} from "./run-event.ts";
import type { RunSetting } from "./run-setting.ts";
import { safeMessage } from "./safe-message.ts";

/** What a row of the ledger tells at this moment: that the run has begun, or how it ended. */
export function describeRun(run: Run, setting: RunSetting): RunEvent {
  const { namespace, domains } = setting;
  const domain = domains.find(({ name }) => name === run.domain);
  return {
    eventTime: new Date(run.completedAt ?? run.startedAt ?? run.queuedAt).toISOString(),
    eventType: eventType(run),
    producer,
    schemaURL: runEventSchema,
    run: { runId: run.runId, facets: runFacets(run, setting) },
    job: { ...jobName(run, namespace), facets: jobFacets(run, domain) },
    ...runDatasets(run, setting),
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

function runFacets(run: Run, setting: RunSetting): Facets {
  const isDomain = run.pipeline === "domain";
  // What led to a domain's run does not contain it.
  const parentRunId = isDomain ? null : run.parentRunId;
  const parent = parentRunId === null ? undefined : parentFacet(run, parentRunId, setting.namespace);
  // The jobs of a domain have no time of their own at which they were due.
  const isDue = isDomain && run.trigger === "schedule";
  const nominalStartTime = new Date(run.queuedAt).toISOString();
  return facets({
    parent,
    nominalTime: isDue ? facet("nominalTime", { nominalStartTime }) : undefined,
    processing_engine: isDomain ? undefined : facet("processingEngine", { name: "DuckDB", version: engineVersion() }),
    errorMessage: errorFacet(run, setting),
    test: testsOf(setting),
    thoth_ledger: ledgerFacet(run, setting),
  });
}

/** What a run that was complete has to tell is no error. */
function errorFacet(run: Run, setting: RunSetting): Facet | undefined {
  const message = messageOf(run, setting);
  if (message === null || eventType(run) === "COMPLETE") return undefined;
  return facet("errorMessage", { message, programmingLanguage: "TypeScript" });
}

function messageOf({ failureMessage }: Run, { domains, env = process.env }: RunSetting): string | null {
  return failureMessage === null ? null : safeMessage(failureMessage, domains, env);
}

/** Of rows that were held back as well: those are why a test failed. */
function testsOf({ audits = [] }: RunSetting): Facet | undefined {
  const audited = audits.findLast(({ rows }) => rows !== "left");
  return audited && testFacet(audited);
}

/** Every job of a domain runs below one run of the domain, which is also the root. */
function parentFacet(run: Run, runId: string, namespace: string): Facet {
  const job = jobName({ domain: run.domain, pipeline: "domain" }, namespace);
  return facet("parent", { run: { runId }, job, root: { run: { runId }, job } });
}

function ledgerFacet(run: Run, setting: RunSetting): Facet {
  const { status, trigger, attempt, partitionKey, codeVersion, contractVersion } = run;
  const { failureClass, failureStep, rootCauseRunId } = run;
  const message = eventType(run) === "COMPLETE" ? messageOf(run, setting) : null;
  const known = { partitionKey, codeVersion, contractVersion, failureClass, failureStep, rootCauseRunId, message };
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
