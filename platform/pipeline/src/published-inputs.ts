import type { ProductModel } from "@thoth/contract/product-model";
import { tableNameOf } from "@thoth/kernel/major-names";
import type { SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import type { MappedTable } from "@thoth/warehouse/mapped-table";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { snapshotFile } from "@thoth/warehouse/snapshot-store";
import type { LoadedProduct } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import type { JobContext } from "./job-context.ts";
import type { Mesh } from "./mesh.ts";
import { servedModels, servedTables } from "./previous-major.ts";

/** A version of a product that a query reads, and the snapshot the run reads it at. */
export interface PublishedInput {
  readonly id: string;
  readonly catalog: string;
  readonly table: string;
  readonly snapshot: Snapshot;
  /** Where the snapshot is of a newer major version: how the one that is read is made from it. */
  readonly mapped?: MappedTable;
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
  const products = mesh.domains.flatMap(({ loadedProducts }) => loadedProducts);
  for (const { catalog, table, line, column } of analysis.tables) {
    if (catalog === undefined) continue;
    const owner = products.find((candidate) => serves(candidate, catalog, table));
    const id = owner?.model.id ?? `${catalog}/${table}`;
    const snapshot = current.find((entry) => `${entry.domain}/${entry.product}` === id);
    const read = owner && snapshot && tableIn(owner, snapshot, table);
    if (snapshot === undefined || read === undefined) {
      const at = { file: product.query.file, line, column };
      throw pipelineError["input-not-published"]({ input: id, product: product.model.id }, { at });
    }
    inputs.set(`${catalog}.${table}`, { id, catalog, table, snapshot, ...read });
  }
  return [...inputs.values()];
}

/** A version of a product at what is current now; undefined while nothing that holds it is published. */
export function publishedTable(
  { domain, product, major }: Pick<ProductModel, "domain" | "product" | "major">,
  current: readonly Snapshot[],
  { domains }: Pick<Mesh, "domains">,
): PublishedInput | undefined {
  const products = domains.flatMap(({ loadedProducts }) => loadedProducts);
  const owner = products.find(({ model }) => model.domain === domain && model.product === product);
  const model = owner && servedModels(owner).find((candidate) => candidate.major === major);
  const snapshot = current.find((entry) => entry.domain === domain && entry.product === product);
  const read = model && snapshot && tableIn(owner, snapshot, model.tableName);
  if (owner === undefined || model === undefined || snapshot === undefined || read === undefined) return undefined;
  return { id: owner.model.id, catalog: model.catalogName, table: model.tableName, snapshot, ...read };
}

function serves(product: LoadedProduct, catalog: string, table: string): boolean {
  return servedModels(product).some((model) => model.catalogName === catalog && model.tableName === table);
}

/** Undefined when the snapshot does not hold that version of its product. */
function tableIn(owner: LoadedProduct, snapshot: Snapshot, wanted: string): Pick<PublishedInput, "mapped"> | undefined {
  const { table, mapped } = servedTables(owner, snapshot);
  if (table === wanted) return {};
  const found = mapped.find((each) => each.table === wanted);
  return found && { mapped: found };
}

/** Makes the inputs readable under their names in the domain's engine. */
export async function attachInputs(
  inputs: readonly PublishedInput[],
  { engine, mesh }: Pick<JobContext, "engine" | "mesh">,
): Promise<void> {
  for (const { catalog, table, snapshot, mapped } of inputs) {
    const { domain, product, id, contractVersion } = snapshot;
    const file = snapshotFile(mesh.home.snapshotsDir, domain, product, id);
    const sourceTable = tableNameOf(product, contractVersion);
    await engine.attachSnapshot(file, { catalog, schema: "product", table, sourceTable, mapped });
  }
}
