import type { ProductModel } from "@thoth/contract/product-model";
import { analyseSql } from "@thoth/warehouse/analyse-sql";
import { authoriseMapping, mappedSelect } from "@thoth/warehouse/mapped-table";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { LoadedProduct, PreviousMajor } from "./domain.ts";
import { currentTable, mappedTable } from "./previous-major.ts";
import { explainQueryFailure } from "./query-failure.ts";
import { describeQuery, refuseOtherColumns } from "./stage-product.ts";

/**
 * Judges, before anything runs, whether an earlier major version can be made from the current one: the mapping reads
 * nothing else, and over a table with the columns and types of the current contract it yields those of the old one.
 * @param engine a scratch engine, in which an empty table is made
 * @throws MeshError with file, line and column: `warehouse/mapping-reads`, `warehouse/sql-syntax`,
 *   `pipeline/query-failed`, `pipeline/columns-differ`, `pipeline/column-type` and their like
 */
export async function authorisePrevious(
  engine: QueryEngine,
  { model, previous }: Pick<LoadedProduct, "model" | "previous">,
): Promise<void> {
  if (previous.length === 0) return;
  const { catalogName, tableName } = model;
  await engine.query(`ATTACH IF NOT EXISTS ':memory:' AS ${quoteIdentifier(catalogName)}`);
  for (const schema of ["product", elsewhere]) {
    await engine.query(`CREATE SCHEMA IF NOT EXISTS ${qualifiedName(catalogName, schema)}`);
    await engine.query(
      `CREATE OR REPLACE TABLE ${qualifiedName(catalogName, schema, tableName)} (${columnList(model)})`,
    );
  }
  for (const earlier of previous) await authoriseOne(engine, earlier, model);
}

/** At serving and auditing the table lies under its own name, but elsewhere. */
const elsewhere = "elsewhere";

async function authoriseOne(engine: QueryEngine, earlier: PreviousMajor, current: ProductModel): Promise<void> {
  const { mapping, model } = earlier;
  const analysis = await analyseSql(engine, mapping.sql, mapping.file);
  authoriseMapping(analysis, currentTable(current));
  const { statement } = analysis;
  const made = { model, query: mapping };
  refuseOtherColumns(made, await describeQuery(made, statement, engine));
  const source = { reads: currentTable(current), within: [current.catalogName, elsewhere] };
  const moved = `DESCRIBE ${await mappedSelect(engine, mappedTable(earlier), source)}`;
  try {
    await engine.query(moved);
  } catch (failure) {
    throw explainQueryFailure(failure, { query: mapping, statement, ran: moved, of: model.id });
  }
}

function columnList({ columns }: ProductModel): string {
  return columns.map(({ name, sqlType }) => `${quoteIdentifier(name)} ${sqlType}`).join(", ");
}
