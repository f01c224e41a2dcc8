import { isFileFailure } from "./engine-errors.ts";
import { attachStatement } from "./open-engine.ts";
import { countRows, describeTable, type TableColumn } from "./row-changes.ts";
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
 * counts as updated; when the snapshot before lacks a column of the key, none stays. When it is gone or cannot be read,
 * every row counts as inserted, so that the next publish heals it. Not inside a transaction.
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
    const [now, before] = [await describeTable(engine, staged), await describeTable(engine, previous)];
    const sameColumns = JSON.stringify(now) === JSON.stringify(before);
    const [types, typesBefore] = [now, before].map(typesByName) as [Types, Types];
    const names = key.map((column) => column.toLowerCase());
    if (names.some((column) => !typesBefore.has(column))) return await everythingIsOther(engine, staged, previous);
    const asText = names.map((column) => types.get(column) !== typesBefore.get(column));
    return await countChanges(engine, { staged, previous, key, asText, sameColumns });
  } finally {
    await engine.run(`detach ${quoteIdentifier(alias)}`);
  }
}

interface TwoTables {
  readonly staged: string;
  readonly previous: string;
  readonly key: readonly string[];
  /** Columns of the key that had another type: values of the two need not be comparable, their texts are. */
  readonly asText: readonly boolean[];
  readonly sameColumns: boolean;
}

async function countChanges(engine: WriteSide, tables: TwoTables): Promise<RowChanges> {
  const { staged, previous, key, asText, sameColumns } = tables;
  const side = (table: string) => {
    const keys = key.map((column, index) => {
      const value = `entry.${quoteIdentifier(column)}`;
      return `${asText[index] ? `${value}::varchar` : value} as key${index}`;
    });
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

type Types = ReadonlyMap<string, string>;

/** Names in lower case: the engine compares them without. */
function typesByName(columns: readonly TableColumn[]): Types {
  return new Map(columns.map(([name, type]) => [name.toLowerCase(), type]));
}

async function everythingIsNew(engine: WriteSide, staged: string): Promise<RowChanges> {
  const rowCount = await countRows(engine, staged);
  return { rowCount, inserted: rowCount, updated: 0, deleted: 0 };
}

async function everythingIsOther(engine: WriteSide, staged: string, previous: string): Promise<RowChanges> {
  return { ...(await everythingIsNew(engine, staged)), deleted: await countRows(engine, previous) };
}
