import path from "node:path";
import { type Cell, type DatabaseRow, type DatabaseTable, databaseTables } from "./database-tables.ts";
import { createTextFile, type TextFile } from "./text-file.ts";

/** The database as one CSV a table, written row by row. */
export interface DatabaseDump extends AsyncDisposable {
  /** Keys count up from 1 in every table, as the database hands them out. */
  nextId(table: DatabaseTable): number;
  /** Adds a row under the next key, or under its own when it names one. @returns the key */
  add<T extends DatabaseTable>(table: T, row: DatabaseRow<T>): number;
  flush(): Promise<void>;
  /** Rows written so far. */
  rowCounts(): Readonly<Record<string, number>>;
}

interface OpenTable {
  readonly file: TextFile;
  readonly columns: readonly (readonly [name: string, otherwise: Cell])[];
  lastId: number;
  rows: number;
}

export async function createDatabaseDump(dir: string): Promise<DatabaseDump> {
  const tables = new Map<DatabaseTable, OpenTable>();
  for (const [name, columns] of Object.entries(databaseTables)) {
    const file = await createTextFile(path.join(dir, `${name}.csv`));
    file.write(`${Object.keys(columns).join(",")}\n`);
    tables.set(name as DatabaseTable, { file, columns: Object.entries<Cell>(columns), lastId: 0, rows: 0 });
  }
  const tableOf = (name: DatabaseTable) => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  };
  const nextId = (name: DatabaseTable) => ++tableOf(name).lastId;
  return {
    nextId,
    add(name, row) {
      const table = tableOf(name);
      const cells = row as Readonly<Record<string, Cell | undefined>>;
      const id = typeof cells.id === "number" ? cells.id : nextId(name);
      table.file.write(csvLine(table.columns, cells, id));
      table.rows++;
      return id;
    },
    async flush() {
      for (const table of tables.values()) await table.file.flush();
    },
    rowCounts: () => Object.fromEntries([...tables].map(([name, table]) => [name, table.rows])),
    async [Symbol.asyncDispose]() {
      for (const table of tables.values()) await table.file[Symbol.asyncDispose]();
    },
  };
}

function csvLine(columns: OpenTable["columns"], row: Readonly<Record<string, Cell | undefined>>, id: number): string {
  let line = "";
  for (const [name, otherwise] of columns) {
    const value = name === "id" ? id : row[name];
    line +=
      line === ""
        ? field(value === undefined ? otherwise : value)
        : `,${field(value === undefined ? otherwise : value)}`;
  }
  return `${line}\n`;
}

const special = /[",\r\n]/;

function field(value: Cell): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "number") return String(value);
  return special.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
