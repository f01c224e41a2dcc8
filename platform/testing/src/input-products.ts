import { describePreviousMajor, previousMajors } from "@thoth/contract/lifecycle/previous-major";
import type { ProductModel } from "@thoth/contract/product-model";
import { describePublished } from "@thoth/contract/published-contracts";
import type { Domain, LoadedProduct } from "@thoth/pipeline/domain";
import type { Analyses } from "@thoth/pipeline/plan-jobs";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";

/** Rows of products of other domains, by id: `ontrack-learning/units`. Columns that are left out are null. */
export type InputRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/**
 * What a domain's input ports promise: of each product of another domain its latest published contract, and those of the
 * earlier major versions that it serves beside it.
 */
export async function inputModels(domain: Domain, root: string): Promise<ProductModel[]> {
  const ports = foreignPorts(domain);
  const published = ports.length === 0 ? [] : await describePublished(root);
  return ports.flatMap((id) => {
    const model = published.find((candidate) => candidate.id === id);
    if (model === undefined) throw new Error(`${id}, an input port of ${domain.name}, has no published contract`);
    return [model, ...previousMajors(root, id).map((major) => describePreviousMajor(root, model, major))];
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

/** The owners of a domain's input ports, as far as planning its jobs needs to know them: which tables they have. */
export function foreignDomains(domain: Domain, models: readonly ProductModel[]): Domain[] {
  const owners = Map.groupBy(models, (model) => model.domain);
  return [...owners].map(([name, owned]) => {
    const loadedProducts = [...Map.groupBy(owned, (model) => model.product).values()].flatMap(withoutQueries);
    const products = loadedProducts.map((product) => ({ name: product.name }));
    return { ...domain, name, sources: [], products, cleanTables: [], loadedProducts };
  });
}

/** Queries that read nothing, by file. */
export function foreignAnalyses(domains: readonly Domain[]): Analyses {
  const files = domains.flatMap(({ loadedProducts }) => loadedProducts.map(({ query }) => query.file));
  const nothing = { statement: "select 1", tables: [], tableFunctions: [], functions: [] };
  return new Map(files.map((file) => [file, { file, ...nothing }]));
}

/** The versions of one product, the newest first. */
function withoutQueries([model, ...earlier]: readonly ProductModel[]): LoadedProduct[] {
  if (model === undefined) return [];
  const query = { table: model.tableName, file: `${model.id} of another domain`, sql: "select 1" };
  return [{ name: model.product, model, query, previous: earlier.map((old) => ({ model: old, mapping: query })) }];
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
