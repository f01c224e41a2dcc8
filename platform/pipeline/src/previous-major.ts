import type { ProductModel } from "@thoth/contract/product-model";
import { tableNameOf } from "@thoth/kernel/major-names";
import type { ReadableTable } from "@thoth/warehouse/authorise-reads";
import type { MappedTable } from "@thoth/warehouse/mapped-table";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { LoadedProduct, PreviousMajor } from "./domain.ts";

type Majors = Pick<LoadedProduct, "model" | "previous">;

/** The versions of a product that are served side by side: the current one, then the earlier ones, newest first. */
export function servedModels({ model, previous }: Majors): ProductModel[] {
  return [model, ...previous.map((earlier) => earlier.model)];
}

/** An earlier version as a table over the current one. */
export function mappedTable({ model, mapping }: PreviousMajor): MappedTable {
  return { table: model.tableName, query: mapping, columns: model.columns };
}

/** The name by which mappings read the current version. */
export function currentTable({ catalogName, tableName }: ProductModel): ReadableTable {
  return { catalog: catalogName, schema: "product", table: tableName };
}

/** How a snapshot is served: which table it holds, and which others are made from that. */
export interface ServedTables {
  readonly table: string;
  readonly mapped: readonly MappedTable[];
}

/**
 * A snapshot is served under the names of the major version that it was published as. Only of the current one the
 * earlier ones are made: until a new major version is first published, the last snapshot of the one before goes on
 * serving under its own names.
 */
export function servedTables({ model, previous }: Majors, { product, contractVersion }: Snapshot): ServedTables {
  const table = tableNameOf(product, contractVersion);
  return { table, mapped: table === model.tableName ? previous.map(mappedTable) : [] };
}
