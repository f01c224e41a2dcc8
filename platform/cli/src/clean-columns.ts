import { prepareRawTable } from "@thoth/ingest/raw-table";
import { analyseDomains } from "@thoth/pipeline/analyse-domains";
import type { Domain } from "@thoth/pipeline/domain";
import { planJobs } from "@thoth/pipeline/plan-jobs";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { cliError } from "./errors.ts";
import { scratchFolder } from "./scratch-folder.ts";

export interface CleanTable {
  readonly columns: readonly CleanColumn[];
  /** Rows it has when no source has any. */
  readonly emptyRows: number;
}

export interface CleanColumn {
  readonly name: string;
  /** As SQL writes it: in quotes when the name is a word of SQL or not plain. */
  readonly sqlName: string;
  /** DuckDB type. */
  readonly type: string;
}

/**
 * The columns that a cleaned table has, found by running the domain's clean queries over empty raw tables. Columns that
 * begin with `_` are the platform's own and left out.
 * @throws MeshError `cli/unknown-table` and what the queries report
 */
export async function describeCleanTable(domain: Domain, table: string): Promise<CleanTable> {
  const known = domain.cleanTables.map((clean) => clean.table);
  if (!known.includes(table)) throw cliError["unknown-table"]({ domain: domain.name, table, known });
  await using dir = await scratchFolder();
  const file = `${dir.path}/scratch.duckdb`;
  await using engine = await openWriteSide({ file, tmpDir: dir.path, pseudonymKey: "only the types matter" });
  await fillCleanTables(engine, domain);
  const name = qualifiedName("clean", table);
  const [counted] = await engine.query(`SELECT count(*) AS rows FROM ${name}`);
  return { columns: await describeColumns(engine, name), emptyRows: Number(counted?.rows) };
}

async function fillCleanTables(engine: WriteSide, domain: Domain): Promise<void> {
  for (const stream of domain.sources.flatMap((source) => source.streams))
    await prepareRawTable(engine, stream, { drop: false });
  const bare = { ...domain, loadedProducts: [], products: [] };
  const analyses = await analyseDomains([bare]);
  for (const job of planJobs([bare], analyses)) {
    if (job.kind !== "clean") continue;
    const statement = analyses.get(job.query.file)?.statement ?? job.query.sql;
    await engine.run(`CREATE TABLE ${qualifiedName("clean", job.query.table)} AS ${statement}`);
  }
}

async function describeColumns(engine: WriteSide, table: string): Promise<CleanColumn[]> {
  const rows = await engine.query(`DESCRIBE ${table}`);
  const keywords = await engine.query(
    "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'",
  );
  const reserved = new Set(keywords.map((row) => String(row.keyword_name)));
  const isPlain = (name: string) => /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name);
  return rows
    .map((row) => ({ name: String(row.column_name), type: String(row.column_type) }))
    .filter(({ name }) => !name.startsWith("_"))
    .map(({ name, type }) => ({ name, type, sqlName: isPlain(name) ? name : qualifiedName(name) }));
}
