import { isFileFailure } from "./engine-errors.ts";
import { attachStatement } from "./open-engine.ts";
import { qualifiedName, quoteIdentifier } from "./sql-text.ts";
import type { WriteSide } from "./write-side.ts";

export interface Comparison {
  /** Table in `staging`, and in the previous snapshot's file. */
  readonly table: string;
  /** Columns that identify a row. */
  readonly key: readonly string[];
  /** Absent before the first publish. */
  readonly previousFile?: string | undefined;
}

/** Rows of the staged table beside the rows of the snapshot before, measured by key. */
export interface RowChanges {
  readonly rowCount: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/**
 * Measures what publishing the staged table would change. When the columns are not the same ones, every row that stays
 * counts as updated; when the previous snapshot is gone or cannot be read, every row counts as inserted, so that the
 * next publish heals it. Not inside a transaction.
 */
export async function compareWithPrevious(engine: WriteSide, comparison: Comparison): Promise<RowChanges> {
  const staged = qualifiedName("staging", comparison.table);
  if (comparison.previousFile === undefined) return everythingIsNew(engine, staged);
  try {
    return await compareWithFile(engine, staged, comparison.previousFile, comparison);
  } catch (error) {
    if (!isFileFailure(error)) throw error;
    return everythingIsNew(engine, staged);
  }
}

async function compareWithFile(engine: WriteSide, staged: string, file: string, { table, key }: Comparison) {
  const alias = `previous ${table}`;
  await engine.run(attachStatement(file, alias, { read_only: true }));
  try {
    const previous = qualifiedName(alias, "main", table);
    const sameColumns = (await columnsOf(engine, staged)) === (await columnsOf(engine, previous));
    return await countChanges(engine, { staged, previous, key, sameColumns });
  } finally {
    await engine.run(`detach ${quoteIdentifier(alias)}`);
  }
}

interface TwoTables {
  readonly staged: string;
  readonly previous: string;
  readonly key: readonly string[];
  readonly sameColumns: boolean;
}

async function countChanges(engine: WriteSide, { staged, previous, key, sameColumns }: TwoTables): Promise<RowChanges> {
  const side = (table: string) => {
    const keys = key.map((column, index) => `entry.${quoteIdentifier(column)} as key${index}`);
    return `(select ${keys.join(", ")}, true as found, entry as content from ${table} as entry)`;
  };
  const sameKey = key.map((_, index) => `new.key${index} is not distinct from old.key${index}`).join(" and ");
  const differs = sameColumns ? "new.content is distinct from old.content" : "true";
  const [row] = await engine.query(`
    select count(new.found) as total,
           count(*) filter (where old.found is null) as inserted,
           count(*) filter (where new.found is null) as deleted,
           count(*) filter (where new.found and old.found and ${differs}) as updated
    from ${side(staged)} new full join ${side(previous)} old on ${sameKey}`);
  const count = (name: string) => Number(row?.[name]);
  return {
    rowCount: count("total"),
    inserted: count("inserted"),
    updated: count("updated"),
    deleted: count("deleted"),
  };
}

async function columnsOf(engine: WriteSide, table: string): Promise<string> {
  const columns = await engine.query(`select column_name, column_type from (describe ${table})`);
  return JSON.stringify(columns.map((column) => [column.column_name, column.column_type]));
}

async function everythingIsNew(engine: WriteSide, staged: string): Promise<RowChanges> {
  const [row] = await engine.query(`select count(*) as total from ${staged}`);
  const rowCount = Number(row?.total);
  return { rowCount, inserted: rowCount, updated: 0, deleted: 0 };
}
