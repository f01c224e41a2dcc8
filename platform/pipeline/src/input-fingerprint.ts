import { createHash } from "node:crypto";
import type { SqlAnalysis, TableReference } from "@thoth/warehouse/analyse-sql";
import { clockFunctions } from "@thoth/warehouse/function-rules";
import type { LoadedProduct } from "./domain.ts";
import type { JobContext } from "./job-context.ts";
import type { PublishedInput } from "./published-inputs.ts";
import { fingerprintOf } from "./table-states.ts";

/**
 * Changes when a query or anything it reads changes: raw streams count by the run that last changed them, cleaned
 * tables by the run that last changed their rows, products by the snapshot that is read.
 */
export function queryFingerprint(
  text: string,
  analysis: SqlAnalysis,
  inputs: readonly PublishedInput[],
  context: JobContext,
): string {
  const tables = analysis.tables.map((table) => tableVersion(table, inputs, context));
  return fingerprintOf(text, [...new Set([...tables, ...surroundings(analysis, context)])]);
}

/** Changes also with every promise that the audit holds the product to. */
export function productFingerprint(
  { model, query, previous }: LoadedProduct,
  analysis: SqlAnalysis,
  inputs: readonly PublishedInput[],
  context: JobContext,
): string {
  const earlier = previous.flatMap(({ model: old, mapping }) => [mapping.sql, ...promisesOf(old)]);
  const promises = JSON.stringify([...promisesOf(model), ...earlier]);
  return queryFingerprint(`${query.sql}\0${promises}`, analysis, inputs, context);
}

function promisesOf({
  version,
  columns,
  key,
  rules,
  relationships,
  partialPublish,
}: LoadedProduct["model"]): unknown[] {
  return [version, columns, key, rules, relationships, partialPublish];
}

function tableVersion(table: TableReference, inputs: readonly PublishedInput[], context: JobContext): string {
  if (table.catalog !== undefined) {
    const input = inputs.find((candidate) => candidate.catalog === table.catalog && candidate.table === table.table);
    const mapping = input?.mapped === undefined ? "" : ` by ${input.mapped.query.sql}`;
    return `${table.catalog}.${table.table}@${input?.snapshot.id}${mapping}`;
  }
  if (table.schema === "clean") return `clean.${table.table}@${context.tables.of("clean", table.table)?.version}`;
  return rawVersion(table.table, context);
}

/** A column that is newly declared changes `SELECT *` without any new row. */
function rawVersion(name: string, { domain, streams }: JobContext): string {
  const source = domain.sources.find((candidate) => candidate.streams.some((stream) => stream.name === name));
  const columns = source?.streams.find((stream) => stream.name === name)?.columns;
  return `raw.${name}@${source && streams.of(source.name, name)?.runId}(${JSON.stringify(columns)})`;
}

/** What a query depends on besides tables: one that tells the time is never up to date, pseudonyms go with their key. */
export function surroundings(
  analysis: Pick<SqlAnalysis, "functions">,
  { mesh, runId }: Pick<JobContext, "mesh" | "runId">,
): string[] {
  const names = new Set(analysis.functions.map((call) => call.name));
  const key = createHash("sha256").update(`pseudonym key ${mesh.pseudonymKey}`).digest("hex");
  return [...(tellsTime(analysis) ? [`clock@${runId}`] : []), ...(names.has("pseudonym") ? [`pseudonym@${key}`] : [])];
}

/** Whether the same rows give something else on another day. */
export function tellsTime({ functions }: Pick<SqlAnalysis, "functions">): boolean {
  return functions.some(({ name }) => clockFunctions.includes(name));
}
