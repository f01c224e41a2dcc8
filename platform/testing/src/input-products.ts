import type { ProductModel } from "@thoth/contract/product-model";
import { describePublished } from "@thoth/contract/published-contracts";
import type { Domain } from "@thoth/pipeline/domain";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";

/** Rows of products of other domains, by id: `ontrack-learning/units`. Columns that are left out are null. */
export type InputRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** What a domain's input ports promise: the latest published contract of each product of another domain. */
export async function inputModels(domain: Domain, root: string): Promise<ProductModel[]> {
  const ports = foreignPorts(domain);
  const published = ports.length === 0 ? [] : await describePublished(root);
  return ports.map((id) => {
    const model = published.find((candidate) => candidate.id === id);
    if (model === undefined) throw new Error(`${id}, an input port of ${domain.name}, has no published contract`);
    return model;
  });
}

/** Makes input ports readable as `<domain>.product.<product>`; a port without rows is empty. */
export async function fillInputProducts(
  engine: WriteSide,
  models: readonly ProductModel[],
  inputs: InputRows,
): Promise<void> {
  const unknown = Object.keys(inputs).filter((id) => !models.some((model) => model.id === id));
  if (unknown.length > 0) throw new Error(`the domain has no input port ${unknown.join(", ")}`);
  for (const model of models) await fillInput(engine, model, inputs[model.id] ?? []);
}

/** The owners of a domain's input ports, as far as planning its jobs needs to know them. */
export function foreignDomains(domain: Domain): Domain[] {
  const ports = foreignPorts(domain).map((id) => id.split("/") as [string, string]);
  const owners = Map.groupBy(ports, ([owner]) => owner);
  return [...owners].map(([name, owned]) => ({
    ...domain,
    name,
    sources: [],
    products: owned.map(([, product]) => ({ name: product })),
    cleanTables: [],
    loadedProducts: [],
  }));
}

function foreignPorts(domain: Domain): string[] {
  const ports = domain.products.flatMap((product) => product.inputPorts ?? []);
  return [...new Set(ports)].filter((id) => !id.startsWith(`${domain.name}/`));
}

/** Rows pass through a table of the case's own, because only there the engine takes them from JavaScript. */
async function fillInput(engine: WriteSide, model: ProductModel, rows: InputRows[string]): Promise<void> {
  const columns = model.columns.map(({ name, sqlType }) => ({ name, type: sqlType }));
  const definitions = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");
  const passage = { schema: "staging", table: `input_${model.tableName}` };
  await engine.run(`create table ${qualifiedName(passage.schema, passage.table)} (${definitions})`);
  const cells = rows.map((row) => columns.map((column) => row[column.name] ?? null));
  await engine.appendRows(passage, columns, cells);
  await engine.run(`attach if not exists ':memory:' as ${quoteIdentifier(model.catalogName)}`);
  await engine.run(`create schema if not exists ${qualifiedName(model.catalogName, "product")}`);
  const target = qualifiedName(model.catalogName, "product", model.tableName);
  await engine.run(`create table ${target} as from ${qualifiedName(passage.schema, passage.table)}`);
}
