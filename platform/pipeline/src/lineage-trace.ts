import type { ProductModel } from "@thoth/contract/product-model";
import type { StreamColumn } from "@thoth/ingest/connector";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { snakeCase } from "@thoth/kernel/names";
import { type ReadableTable, tableName } from "@thoth/warehouse/authorise-reads";
import { columnLineage, type Dependencies } from "@thoth/warehouse/lineage/column-lineage";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { type Analyses, analysisOf } from "./analyses.ts";
import type { Domain, SqlFile } from "./domain.ts";
import type { Job } from "./job.ts";
import type { LineageEngine } from "./lineage-engine.ts";
import type { ColumnOrigin, ColumnUse, Origin, TableLineage } from "./lineage-table.ts";

export interface Tracing {
  readonly domains: readonly Domain[];
  readonly analyses: Analyses;
  /** Holds what has been traced so far. */
  readonly tables: LineageEngine;
  /** Of the tables, by their names in SQL: `tableIds(domains)`. */
  readonly ids: ReadonlyMap<string, string>;
}

/** The tables that a job fills, and the stream that it reads: of a product also its earlier versions. What it reads has been traced before. */
export async function traceJob(job: Job, tracing: Tracing): Promise<TableLineage[]> {
  await tracing.tables.enter(job.domain);
  if (job.kind === "extract") return traceStream(job, tracing);
  return job.kind === "clean" ? [await traceClean(job, tracing)] : traceVersions(job, tracing);
}

/** The stream in its source, and the table it lands in. Stamps are the platform's own and come from nowhere. */
async function traceStream(
  { domain, source, stream }: Job & { kind: "extract" },
  tracing: Tracing,
): Promise<TableLineage[]> {
  const columns = declaredColumns({ domain, source, stream }, tracing);
  const id = `${domain}/${source}:${stream}`;
  const named = columns.flatMap(({ from, type }) => (from === undefined ? [] : [{ name: from, type, ...nothing }]));
  const landed = await tracing.tables.engine.query(`DESCRIBE ${qualifiedName("raw", stream)}`);
  const rawColumns = landed.map(({ column_name: name, column_type: type }): ColumnOrigin => {
    const declared = columns.find((column) => column.name === name);
    return {
      name: String(name),
      type: String(type),
      from: declared === undefined ? [] : sourceUse(id, declared),
      unknown: [],
    };
  });
  const stamped = { domain, table: stream, rows: nothing };
  return [
    { ...stamped, id, layer: "source", reads: [], columns: named },
    { ...stamped, id: `${domain}/raw.${stream}`, layer: "raw", reads: [id], columns: rawColumns },
  ];
}

const nothing: Origin = { from: [], unknown: [] };

function declaredColumns(job: Pick<Job & { kind: "extract" }, "domain" | "source" | "stream">, { domains }: Tracing) {
  const domain = domains.find(({ name }) => name === job.domain);
  const source = domain?.sources.find(({ name }) => name === job.source);
  return source?.streams.find(({ name }) => name === job.stream)?.columns ?? [];
}

function sourceUse(table: string, { from: column, pseudonymise: masking = false }: StreamColumn): ColumnUse[] {
  if (column === undefined) return [];
  return [{ table, column, kind: masking ? "TRANSFORMATION" : "IDENTITY", masking }];
}

async function traceClean({ domain, query }: Job & { kind: "clean" }, tracing: Tracing): Promise<TableLineage> {
  const { table, file } = query;
  const { columns, rows } = await trace(query, tracing);
  if (columns.length > 0) await tracing.tables.define("clean", table, columns);
  const reads = readsOf(domain, query, tracing);
  return { id: `${domain}/clean.${table}`, domain, layer: "clean", table, file, reads, columns, rows };
}

/** The current version comes from `product.sql`, each earlier one from the current one. */
async function traceVersions(job: Job & { kind: "product" }, tracing: Tracing): Promise<TableLineage[]> {
  const { model, query, previous } = job.product;
  const current = await traceProduct(model, query, readsOf(job.domain, query, tracing), tracing);
  const earlier: TableLineage[] = [];
  for (const { model: older, mapping } of previous)
    earlier.push(await traceProduct(older, mapping, [model.id], tracing));
  return [current, ...earlier.map((version) => ({ ...version, versionOf: model.id }))];
}

/** The columns are the contract's, in its order and types; the query's are looked up by name. */
async function traceProduct(
  model: ProductModel,
  query: SqlFile,
  reads: readonly string[],
  tracing: Tracing,
): Promise<TableLineage> {
  const found = await trace(query, tracing);
  const originOfColumn = (name: string): Origin =>
    found.columns.find((column) => column.name.toLowerCase() === name.toLowerCase()) ?? missing(name, found);
  const columns = model.columns.map(({ name, sqlType }) => {
    const { from, unknown } = originOfColumn(name);
    return { name, type: sqlType, from, unknown };
  });
  const { domain, tableName: table } = model;
  await tracing.tables.define("product", table, columns);
  const id = idOf(sqlTable(model), tracing.ids);
  return { id, domain, layer: "product", table, file: query.file, reads, columns, rows: found.rows };
}

interface TracedQuery {
  readonly columns: readonly ColumnOrigin[];
  readonly rows: Origin;
}

function missing(name: string, { columns, rows }: TracedQuery): Origin {
  return columns.length === 0
    ? rows
    : { from: [], unknown: [{ reason: `the query yields no column ${name}`, line: 1, column: 1 }] };
}

/** What the engine refuses to bind has no columns, and the reason with its rows. */
async function trace({ sql, file }: SqlFile, tracing: Tracing): Promise<TracedQuery> {
  try {
    const { columns, rows } = await columnLineage(tracing.tables.engine, sql, file);
    const named = columns.map((column) => ({ name: column.column, type: column.type, ...originOf(column, tracing) }));
    return { columns: named, rows: originOf(rows, tracing) };
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    const { line = 1, column = 1 } = failure.at ?? {};
    return { columns: [], rows: { from: [], unknown: [{ reason: failure.message, line, column }] } };
  }
}

function originOf({ from, unknown }: Dependencies, { ids }: Tracing): Origin {
  const uses = from.map(({ from: { catalog, schema, table, column }, kind, masking }) => ({
    table: idOf({ catalog, schema, table }, ids),
    column,
    kind,
    masking,
  }));
  return { from: uses, unknown };
}

function readsOf(domain: string, query: SqlFile, { analyses, ids }: Tracing): string[] {
  const { tables } = analysisOf(analyses, query);
  return [...new Set(tables.map((table) => idOf({ catalog: snakeCase(domain), ...table }, ids)))];
}

/** Case does not count in SQL. */
export function tableIds(domains: readonly Domain[]): Map<string, string> {
  const tables = domains.flatMap(({ name: domain, sources, cleanTables, loadedProducts }) => {
    const own = (schema: string, table: string) => ({
      name: { catalog: snakeCase(domain), schema, table },
      id: `${domain}/${schema}.${table}`,
    });
    return [
      ...sources.flatMap((source) => source.streams.map((stream) => own("raw", stream.name))),
      ...cleanTables.map(({ table }) => own("clean", table)),
      ...loadedProducts.flatMap(({ model, previous }) => [
        { name: sqlTable(model), id: model.id },
        ...previous.map(({ model: older }) => ({ name: sqlTable(older), id: `${older.id}@${older.major}` })),
      ]),
    ];
  });
  return new Map(tables.map(({ name, id }) => [sqlName(name), id]));
}

function sqlTable({ catalogName: catalog, tableName: table }: ProductModel): ReadableTable {
  return { catalog, schema: "product", table };
}

function idOf(table: ReadableTable, ids: ReadonlyMap<string, string>): string {
  return ids.get(sqlName(table)) ?? tableName(table);
}

function sqlName({ catalog = "", schema = "", table }: ReadableTable): string {
  return JSON.stringify([catalog, schema, table]).toLowerCase();
}
