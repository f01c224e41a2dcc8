import type { DependentProduct } from "@thoth/contract/impact/impact";
import type { ProductModel } from "@thoth/contract/product-model";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { Domain } from "@thoth/pipeline/domain";
import { dependentsOf, lineageOf, type MeshLineage } from "@thoth/pipeline/lineage";
import type { TableLineage } from "@thoth/pipeline/lineage-table";

/** Product → what is made from it, column by column. */
export type Dependents = (product: string) => readonly DependentProduct[];

/**
 * @param published what others rely on; they read a product that changes by the names that it is published with
 * @throws MeshError when a domain is not sound; `mesh check` tells the same
 */
export async function findDependents(
  domains: readonly Domain[],
  published: readonly ProductModel[],
): Promise<Dependents> {
  const lineage = await lineageAsPublished(domains, published);
  const productOf = (id: string) => lineage.get(id)?.versionOf ?? id;
  return (product) => {
    const traced = dependentsOf(lineage, product).map(({ product: id, column, via }) =>
      via === undefined ? { product: id, column, via, rowsOnly: true as const } : { product: id, column, via },
    );
    const found: DependentProduct[] = [...traced, ...untracedDependents(lineage, product)];
    return found
      .map((dependent) => ({ ...dependent, product: productOf(dependent.product) }))
      .filter((dependent) => dependent.product !== product);
  };
}

/** Falls back to the contracts in work when some SQL reads already what is not published yet. */
async function lineageAsPublished(
  domains: readonly Domain[],
  published: readonly ProductModel[],
): Promise<MeshLineage> {
  const models = new Map(published.map((model) => [model.id, model]));
  const asPublished = domains.map((domain) => ({
    ...domain,
    loadedProducts: domain.loadedProducts.map((product) => {
      const model = models.get(product.model.id) ?? product.model;
      return { ...product, model, previous: product.previous.filter((earlier) => earlier.model.major !== model.major) };
    }),
  }));
  try {
    return await lineageOf(asPublished);
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    return lineageOf(domains);
  }
}

/** Products that read this one by SQL that the engine can make no sense of, such as SQL that names a column that is gone. */
function untracedDependents(lineage: MeshLineage, product: string): DependentProduct[] {
  const untraced = new Map([[product, false]]);
  // What is read stands before what reads it.
  for (const table of lineage.values()) {
    const readers = table.reads.filter((id) => untraced.has(id));
    if (readers.length > 0)
      untraced.set(table.id, isUntraced(table) || readers.some((id) => untraced.get(id) === true));
  }
  return [...untraced].flatMap(([id, isUnknown]) =>
    isUnknown && lineage.get(id)?.layer === "product" ? [{ product: id, column: undefined, via: undefined }] : [],
  );
}

function isUntraced({ columns, rows }: TableLineage): boolean {
  return [rows, ...columns].some(({ unknown }) => unknown.length > 0);
}
