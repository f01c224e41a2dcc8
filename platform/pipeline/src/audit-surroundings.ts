import type { ProductModel, RelationshipModel } from "@thoth/contract/product-model";
import { analyseSql } from "@thoth/warehouse/analyse-sql";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { compileChecks } from "./compile-checks.ts";
import { showsWithdrawn } from "./consent-states.ts";
import type { LoadedProduct } from "./domain.ts";
import { tellsTime } from "./input-fingerprint.ts";
import type { JobContext } from "./job-context.ts";
import { servedModels } from "./previous-major.ts";
import { publishedTable } from "./published-inputs.ts";
import { leadsToItself } from "./quality/judged-relationships.ts";
import { fingerprintOf } from "./table-states.ts";

/** What the audit of a product depends on besides its rows. */
export interface AuditSurroundings {
  /** While it and the rows stay the same, another audit would find the same. Of its own each run where a rule tells the time. */
  readonly fingerprint: string;
  /** Whether it can change by itself: a rule tells the time, or looks at another product. */
  readonly isOpen: boolean;
}

/** @param current what every product serves now */
export async function auditSurroundings(
  product: LoadedProduct,
  current: readonly Snapshot[],
  context: Pick<JobContext, "engine" | "mesh" | "runId">,
): Promise<AuditSurroundings> {
  const { engine, runId } = context;
  const models = servedModels(product);
  // As they are measured, so that a later version of the mesh, which measures more, audits what it finds served.
  const checks = models.flatMap((model) => compileChecks(model).map(({ measure, target }) => [measure, target]));
  const clock = (await auditTellsTime(product, engine)) ? [`clock@${runId}`] : [];
  const others = product.model.relationships.filter((relationship) => !leadsToItself(relationship, product.model));
  const targets = await Promise.all(others.map((relationship) => stateOf(relationship, current, context)));
  return {
    fingerprint: fingerprintOf(JSON.stringify(checks), [...clock, ...targets]),
    isOpen: clock.length + targets.length > 0,
  };
}

/** Whether a rule of any version that is served looks at the clock, or what an earlier version makes of the rows does. */
async function auditTellsTime(product: LoadedProduct, engine: QueryEngine): Promise<boolean> {
  const mappings = product.previous.map(({ mapping }) => mapping);
  const queries = [...servedModels(product).flatMap(rulesOfTheirOwn), ...mappings];
  for (const { sql, file } of queries) if (tellsTime(await analyseSql(engine, sql, file))) return true;
  return servedModels(product).some((model) => compileChecks(model).some((check) => check.isAged === true));
}

function rulesOfTheirOwn(model: ProductModel) {
  return compileChecks(model).flatMap(({ measure }) =>
    measure.kind === "query" ? [{ sql: measure.sql, file: model.file }] : [],
  );
}

/** The other side of a relationship, by what its rows are known by. */
async function stateOf(
  { to }: RelationshipModel,
  current: readonly Snapshot[],
  { mesh }: Pick<JobContext, "mesh">,
): Promise<string> {
  const name = `${to.domain}/${to.product}/${to.major}`;
  const input = publishedTable(to, current, mesh);
  if (input === undefined) return `${name}@none`;
  if (await showsWithdrawn(mesh, input.snapshot)) return `${name}@withheld`;
  const mapping = input.mapped === undefined ? "" : ` by ${input.mapped.query.sql}`;
  return `${name}@${input.snapshot.id}${mapping}`;
}
