import { snakeCase } from "@thoth/kernel/names";
import type { SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import type { LoadedProduct } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import type { JobContext } from "./job-context.ts";

/** A product that a query reads, and the snapshot the run reads it at. */
export interface PublishedInput {
  readonly id: string;
  readonly catalog: string;
  readonly table: string;
  readonly snapshot: Snapshot;
}

/**
 * The products that `product.sql` reads, pinned to what is current now.
 * @param current what every product serves
 * @throws MeshError `pipeline/input-not-published`
 */
export function publishedInputs(
  product: LoadedProduct,
  analysis: SqlAnalysis,
  current: readonly Snapshot[],
  { mesh }: Pick<JobContext, "mesh">,
): PublishedInput[] {
  const inputs = new Map<string, PublishedInput>();
  const known = mesh.domains.flatMap(({ name, products }) =>
    products.map((entry) => ({ id: `${name}/${entry.name}`, catalog: snakeCase(name), table: snakeCase(entry.name) })),
  );
  for (const { catalog, table, line, column } of analysis.tables) {
    if (catalog === undefined) continue;
    const id = known.find((entry) => entry.catalog === catalog && entry.table === table)?.id ?? `${catalog}/${table}`;
    const snapshot = current.find((entry) => `${entry.domain}/${entry.product}` === id);
    if (snapshot === undefined) {
      const at = { file: product.query.file, line, column };
      throw pipelineError["input-not-published"]({ input: id, product: product.model.id }, { at });
    }
    inputs.set(id, { id, catalog, table, snapshot });
  }
  return [...inputs.values()];
}

/** Makes the inputs readable under their names in the domain's engine. */
export async function attachInputs(
  inputs: readonly PublishedInput[],
  { engine, mesh }: Pick<JobContext, "engine" | "mesh">,
): Promise<void> {
  for (const { catalog, table, snapshot } of inputs) {
    const file = snapshotFile(mesh.home.snapshotsDir, snapshot.domain, snapshot.product, snapshot.id);
    await engine.attachSnapshot(file, { catalog, schema: "product", table, sourceTable: table });
  }
}
