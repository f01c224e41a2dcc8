import { analyseDomains } from "./analyse-domains.ts";
import type { Analyses } from "./analyses.ts";
import type { Domain } from "./domain.ts";
import { openLineageEngine } from "./lineage-engine.ts";
import type { TableLineage } from "./lineage-table.ts";
import { tableIds, traceJob } from "./lineage-trace.ts";
import { type LineagePath, walkDownstream } from "./lineage-walk.ts";
import { planJobs } from "./plan-jobs.ts";

/** Where everything in the mesh comes from: all tables by id, what is read before what reads it. */
export type MeshLineage = ReadonlyMap<string, TableLineage>;

/**
 * Follows every column of every domain from its source to the products, by the SQL alone: nothing is run.
 * A query that the engine cannot make sense of leaves its columns unknown, with the place; the rest is told.
 * @param analyses of the same domains, when they are at hand
 * @throws MeshError when a domain is not sound; `mesh check` tells the same
 */
export async function lineageOf(domains: readonly Domain[], analyses?: Analyses): Promise<MeshLineage> {
  const known = analyses ?? (await analyseDomains(domains));
  await using tables = await openLineageEngine(domains);
  const tracing = { domains, analyses: known, tables, ids: tableIds(domains) };
  const lineage = new Map<string, TableLineage>();
  for (const job of planJobs(domains, known)) {
    for (const table of await traceJob(job, tracing)) lineage.set(table.id, table);
  }
  return lineage;
}

/** A product that is made from another one. */
export interface Dependent {
  /** `splashkit-usage/function-usage`; an earlier major version that is still served: `splashkit-usage/function-usage@1` */
  readonly product: string;
  /** Its column; undefined: which rows it has. */
  readonly column: string | undefined;
  /** The column asked about, or one of them; undefined: which rows the product asked about has. */
  readonly via: string | undefined;
  /** `direct` when the value itself gets there. */
  readonly kind: "direct" | "indirect";
  /** Ids of columns and tables from the one asked about to the dependent: `ontrack-learning/units.code`, … */
  readonly path: readonly string[];
}

/**
 * Which other products, of any domain, are made from a product, however many tables and products lie between.
 * Each column of a dependent is told once for each column it is made from, with the shortest way; a direct one is preferred.
 * @param column only what is made from this one; undefined: from any of them, or from which rows there are
 */
export function dependentsOf(lineage: MeshLineage, product: string, column?: string): Dependent[] {
  const columns =
    column === undefined ? [...(lineage.get(product)?.columns.map(({ name }) => name) ?? []), undefined] : [column];
  return columns.flatMap((via) =>
    walkDownstream(lineage, { table: product, column: via }).flatMap((path) => dependent(lineage, product, via, path)),
  );
}

function dependent(lineage: MeshLineage, product: string, via: string | undefined, path: LineagePath): Dependent[] {
  const { table, column } = path.end;
  const found = lineage.get(table);
  if (found?.layer !== "product" || table === product || found.versionOf === product) return [];
  return [{ product: table, column, via, kind: path.kind, path: path.ids }];
}
