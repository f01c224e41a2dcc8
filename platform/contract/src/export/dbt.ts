import { tableNameOf } from "@thoth/kernel/major-names";
import { snakeCase } from "@thoth/kernel/names";
import type { ColumnModel, ProductModel, RelationshipModel } from "../product-model.ts";
import type { ExportSource } from "./export-source.ts";

/**
 * A product as a dbt source, so that models of others refer to it by name and `dbt test` holds its promise against the
 * data they see. Names are those of the read side: database `<domain>`, schema `product`.
 */
export function dbtSource({ model }: ExportSource) {
  return {
    version: 2,
    sources: [
      {
        name: model.catalogName,
        database: model.catalogName,
        schema: "product",
        tables: [describeTable(model)],
      },
    ],
  };
}

function describeTable(model: ProductModel) {
  return {
    name: model.tableName,
    description: model.purpose,
    meta: { product: model.id, contract_version: model.version, primary_key: model.key },
    columns: model.columns.map((column) => describeColumn(column, model)),
  };
}

function describeColumn(column: ColumnModel, model: ProductModel) {
  const tests = [...ownTests(column, model), ...model.relationships.flatMap((link) => relationTest(column, link))];
  return {
    name: column.name,
    ...(column.description !== "" && { description: column.description }),
    data_type: column.sqlType,
    meta: { classification: column.classification, ...(column.unit !== undefined && { unit: column.unit }) },
    ...(tests.length > 0 && { data_tests: tests }),
  };
}

function ownTests({ name, required, unique, enumValues }: ColumnModel, { key }: ProductModel): unknown[] {
  return [
    ...(required || key.includes(name) ? ["not_null"] : []),
    ...(unique ? ["unique"] : []),
    ...(enumValues ? [{ accepted_values: { arguments: { values: enumValues } } }] : []),
  ];
}

/** dbt relates one column to one column; of a composite key no column by itself identifies a row. */
function relationTest({ name }: ColumnModel, { from, to }: RelationshipModel): unknown[] {
  const [field] = to.columns;
  if (from.length !== 1 || from[0] !== name || field === undefined) return [];
  const target = `source('${snakeCase(to.domain)}', '${tableNameOf(to.product, `${to.major}.0.0`)}')`;
  return [{ relationships: { arguments: { to: target, field } } }];
}
