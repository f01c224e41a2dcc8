import { isDirect } from "@thoth/warehouse/lineage/influence";
import type { Domain } from "../domain.ts";
import type { MeshLineage } from "../lineage.ts";
import { type ColumnUse, columnId, type TableLineage } from "../lineage-table.ts";
import { datasetName, type Naming } from "./dataset-names.ts";
import { type Facet, type Facets, facet, facets, ownFacet } from "./run-event.ts";

/** What is true of a table whoever reads or writes it. */
export function datasetFacets(table: TableLineage, domain: Domain | undefined): Facets {
  const product = domain?.loadedProducts.find(({ model }) => model.id === (table.versionOf ?? table.id));
  const fields = table.columns.map(({ name, type }, index) => ({ name, type, ordinal_position: index + 1 }));
  return facets({
    schema: fields.length === 0 ? undefined : facet("schema", { fields }),
    documentation: product && facet("datasetDocumentation", { description: product.model.purpose }),
    ownership: domain && facet("datasetOwnership", { owners: ownersOf(domain) }),
  });
}

export function ownersOf({ owner, stewards }: Pick<Domain, "owner" | "stewards">) {
  return [{ name: owner, type: "OWNER" }, ...stewards.map((name) => ({ name, type: "STEWARD" }))];
}

/** Where the columns of a table come from. What could not be traced is told in a facet of its own. */
export function lineageFacets(table: TableLineage, lineage: MeshLineage, naming: Naming): Facets {
  const inputFields = (uses: readonly ColumnUse[]) => inputFieldsOf(uses, lineage, naming);
  const fields = Object.fromEntries(
    table.columns.map(({ name, from }) => [name, { inputFields: inputFields(from) }] as const),
  );
  const columnLineage = facet("columnLineage", { fields, dataset: inputFields(table.rows.from) });
  return facets({ columnLineage, thoth_unknownLineage: unknownFacet(table) });
}

/** One entry a column, with all the ways in which it is used. */
function inputFieldsOf(uses: readonly ColumnUse[], lineage: MeshLineage, naming: Naming) {
  const byColumn = Map.groupBy(uses, ({ table, column }) => columnId(table, column));
  return [...byColumn.values()].flatMap((ways) => {
    const [first] = ways;
    const source = first && lineage.get(first.table);
    if (first === undefined || source === undefined) return [];
    return [{ ...datasetName(source, naming), field: first.column, transformations: ways.map(transformationOf) }];
  });
}

function transformationOf({ kind, masking }: ColumnUse) {
  return { type: isDirect(kind) ? "DIRECT" : "INDIRECT", subtype: kind, masking };
}

function unknownFacet({ columns, rows, file }: TableLineage): Facet | undefined {
  const parts = [
    ...columns.map(({ name, unknown }) => ({ name, unknown })),
    { name: undefined, unknown: rows.unknown },
  ];
  const unknown = parts.flatMap(({ name, unknown: places }) =>
    places.map(({ reason, line, column }) => ({
      ...(name !== undefined && { field: name }),
      reason,
      file,
      line,
      column,
    })),
  );
  return unknown.length === 0 ? undefined : ownFacet("thoth_unknownLineage", { unknown });
}
