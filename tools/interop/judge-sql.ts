import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installPython } from "./python-environment.ts";
import { openSqlServer } from "./sql-server.ts";
import { verdict } from "./verdict.ts";

/** The one place that says which releases are asked. */
const packages = [
  ...["psycopg[binary]==3.3.9", "psycopg2-binary==2.9.13", "asyncpg==0.32.0", "pg8000==1.31.6", "pyodbc==5.5.0"],
  ...["SQLAlchemy==2.1.9", "pandas==3.1.1", "polars==2.1.0", "connectorx==0.4.6", "pyarrow==26.0.1"],
  "adbc-driver-postgresql==1.13.0",
];
const script = fileURLToPath(new URL("ask_sql.py", import.meta.url));

/** Where Debian's and Homebrew's packages put psqlODBC; `ODBC_DRIVER` names another place. */
const odbcDrivers = [
  "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so",
  "/usr/lib/aarch64-linux-gnu/odbc/psqlodbcw.so",
  "/opt/homebrew/lib/psqlodbcw.so",
  "/usr/local/lib/psqlodbcw.so",
];

const tables = ["books", "kinds", "visits"];

/**
 * Client → what it must find. Lists that are empty name columns that came out otherwise than they are, or whose value did
 * not find its row when it was sent back.
 */
const expected: Readonly<Record<string, readonly unknown[]>> = {
  psycopg: [[], [], [], [1, 2], 200_000, true, 3, "8"],
  psycopg2: [[], 200_000],
  pg8000: [[], []],
  asyncpg: [[], [], [1, 2], 200_000, "goes on", 3],
  sqlalchemy: [
    tables.map((name) => `library_loans.${name}`),
    ["library_loans.books.isbn"],
    "Why visits are kept.",
    ["BIGINT", "NUMERIC(18, 3)", "TIMESTAMP", "ARRAY"],
    [true, false],
    [],
  ],
  pandas: ["9007199254740993", "UTC", 200_000, 200_000],
  adbc: [true, 3, 200_000, tables],
  polars: [true, true, 200_000],
  odbc: [tables, true, ["number"], ["books"], true, [], 200_000, "42703"],
};

/** Clients that people use from Python and, by ODBC, from Excel, Power BI and Tableau, on a library with every kind of column. */
export async function judgeSql(): Promise<boolean> {
  console.log(`installing ${packages.join(", ")} into an environment of its own`);
  await using python = await installPython(packages);
  await using server = await openSqlServer();
  const driver = odbcDriver();
  const said = await python.run([script, ...server.login, driver ?? "none"]);
  const found = JSON.parse(said) as Readonly<Record<string, readonly unknown[]>>;
  return Object.entries(expected)
    .filter(([client]) => client !== "odbc" || driver !== undefined)
    .map(([client, answers]) => verdict(`${client} finds what is there`, shown(found[client] ?? []), shown(answers)))
    .every(Boolean);
}

function odbcDriver(): string | undefined {
  const named = process.env.ODBC_DRIVER;
  const driver = [...(named === undefined ? [] : [named]), ...odbcDrivers].find((file) => existsSync(file));
  if (driver === undefined)
    console.log(
      "skip ODBC: psqlODBC is not on this machine (apt install odbc-postgresql, or ODBC_DRIVER=/path/to/psqlodbcw.so)",
    );
  return driver;
}

function shown(answers: readonly unknown[]): string[] {
  return answers.map((answer) => JSON.stringify(answer));
}
