import { posix } from "node:path";
import type { ErrorContext } from "@thoth/kernel/mesh-error";
import { kebabCase, snakeCase } from "@thoth/kernel/names";
import type { SqlAnalysis, TableReference } from "@thoth/warehouse/analyse-sql";
import { type ReadableTable, tableName } from "@thoth/warehouse/authorise-reads";
import { nearestName } from "@thoth/warehouse/nearest-name";
import type { Domain, LoadedProduct } from "./domain.ts";
import { pipelineError } from "./errors.ts";
import { cleanJobId, extractJobId, productJobId } from "./job.ts";
import { servedModels } from "./previous-major.ts";

/**
 * The jobs that fill what a query in `clean/` reads: raw streams and other cleaned tables of its domain.
 * @throws MeshError `pipeline/unknown-table`, `pipeline/wrong-layer`, `pipeline/foreign-table`
 */
export function cleanDependencies(analysis: SqlAnalysis, domain: Domain): string[] {
  const owned = [...rawTables(domain), ...cleanTables(domain)];
  return dependencies(analysis, owned, (table, context) => {
    if (table.schema === "product")
      return pipelineError["wrong-layer"]({ table: tableName(table), reader: "A query in clean/" }, context);
    return strangeTable(table, { domain, owned, context });
  });
}

export interface ProductReader {
  readonly product: LoadedProduct;
  readonly domain: Domain;
  readonly domains: readonly Domain[];
}

/**
 * The jobs that fill what `product.sql` reads: cleaned tables and products of its domain, and its input ports.
 * @throws MeshError `pipeline/unknown-table`, `pipeline/wrong-layer`, `pipeline/foreign-table`,
 *   `pipeline/not-an-input-port`, `pipeline/unknown-input-port`
 */
export function productDependencies(analysis: SqlAnalysis, reader: ProductReader): string[] {
  const { product, domain, domains } = reader;
  const ports = inputPorts(reader);
  const products = [domain, ...domains.filter((other) => other.name !== domain.name)].flatMap(productTables);
  const isReadable = ({ domain: owner, id }: Owned) => owner === domain.name || ports.includes(id);
  const owned = [...cleanTables(domain), ...products.filter(isReadable)];
  return dependencies(analysis, owned, (table, context) => {
    const foreign = products.find((candidate) => identity(candidate.table) === identity(table));
    if (foreign !== undefined)
      return pipelineError["not-an-input-port"]({ product: foreign.id, reader: product.model.id }, context);
    if (table.catalog === undefined && table.schema === "raw")
      return pipelineError["wrong-layer"]({ table: tableName(table), reader: "product.sql" }, context);
    return strangeTable(table, { domain, owned, context });
  });
}

/** @throws MeshError `pipeline/unknown-input-port` */
function inputPorts({ product, domain, domains }: ProductReader): readonly string[] {
  const ports = product.inputPorts ?? [];
  const others = domains.filter((other) => other.name !== domain.name);
  const known = others.flatMap((other) => other.products.map(({ name }) => `${other.name}/${name}`));
  const unknown = ports.find((port) => !known.includes(port));
  if (unknown === undefined) return ports;
  const at = { file: posix.join(posix.dirname(product.query.file), "../../domain.ts") };
  throw pipelineError["unknown-input-port"]({ port: unknown, product: product.model.id, known }, { at });
}

/** A table that can be read, as it is written in SQL, and the job that fills it. */
interface Owned {
  readonly table: ReadableTable;
  readonly domain: string;
  /** Of a product: `ontrack-learning/units`. */
  readonly id: string;
  readonly job: string;
}

function rawTables({ name, sources }: Domain): Owned[] {
  const streams = sources.flatMap((source) => source.streams.map((stream) => stream.name));
  return streams.map((stream) => ({
    table: { schema: "raw", table: stream },
    domain: name,
    id: stream,
    job: extractJobId(name, stream),
  }));
}

function cleanTables({ name, cleanTables: queries }: Domain): Owned[] {
  return queries.map(({ table }) => ({
    table: { schema: "clean", table },
    domain: name,
    id: table,
    job: cleanJobId(name, table),
  }));
}

/** Every version of a product that is served; what only its name is known of, is known by that. */
function productTables({ name, products, loadedProducts }: Domain): Owned[] {
  return products.flatMap((product) => {
    const loaded = loadedProducts.find((candidate) => candidate.name === product.name);
    const tables =
      loaded === undefined ? [snakeCase(product.name)] : servedModels(loaded).map((model) => model.tableName);
    return tables.map((table) => ({
      table: { catalog: snakeCase(name), schema: "product", table },
      domain: name,
      id: `${name}/${product.name}`,
      job: productJobId(name, product.name),
    }));
  });
}

function dependencies(
  { tables, file }: SqlAnalysis,
  owned: readonly Owned[],
  refusal: (table: TableReference, context: ErrorContext) => Error,
): string[] {
  const byName = new Map(owned.map((candidate) => [identity(candidate.table), candidate]));
  const jobs = tables.map((table) => {
    const found = byName.get(identity(table));
    if (found !== undefined) return found.job;
    throw refusal(table, { at: { file, line: table.line, column: table.column } });
  });
  return [...new Set(jobs)];
}

/** Not the name as it is written: a quoted name may hold a dot. Case does not count, as in the engine. */
function identity({ catalog = "", schema = "", table }: ReadableTable): string {
  return JSON.stringify([catalog, schema, table]).toLowerCase();
}

interface Stranger {
  readonly domain: Domain;
  readonly owned: readonly Owned[];
  readonly context: ErrorContext;
}

function strangeTable(table: TableReference, { domain, owned, context }: Stranger): Error {
  const name = tableName(table);
  const { catalog } = table;
  if (catalog !== undefined && catalog !== snakeCase(domain.name) && table.schema !== "product")
    return pipelineError["foreign-table"]({ table: name, owner: kebabCase(catalog) }, context);
  const known = owned.map((candidate) => tableName(candidate.table));
  return pipelineError["unknown-table"]({ table: name, known, nearest: nearestName(name, known) }, context);
}
