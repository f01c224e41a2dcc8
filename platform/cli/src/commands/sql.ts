import { decide } from "@thoth/access/decide";
import { anonymous } from "@thoth/access/decision";
import { describeRetiredMajors } from "@thoth/contract/lifecycle/previous-major";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { tableName } from "@thoth/warehouse/authorise-reads";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadDomains } from "../load-domains.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings } from "../settings.ts";
import { openSqlSession, type SqlTable } from "../sql-session.ts";
import { productTable } from "../sql-statement.ts";
import { formatTable, jsonValue } from "../text-table.ts";

export const sql: Command = {
  name: "mesh sql",
  summary: "Run a SELECT over the published products, locally.",
  usage: "[statement]",
  details:
    "Tables are <domain>.product.<table> with _ for -: ontrack_learning.product.units. Without a statement it lists them\n" +
    "with their columns. What is classified confidential or restricted is not there. Nothing can be written, and no\n" +
    "file can be read.",
  options: {
    limit: { type: "string", value: "<n>", description: "Rows shown at most; 100 unless given. A cut is announced." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh sql", "which tables and columns there are"],
    ["mesh sql 'select code, name from ontrack_learning.product.units order by code'", "a table of units"],
  ],
  run: select,
};

async function select(input: CommandInput, effects: Effects): Promise<number> {
  const [statement] = input.positionals;
  const limit = input.wholeNumber("limit", { min: 1, max: 1_000_000 }) ?? 100;
  const settings = await loadSettings(effects.cwd, effects.env);
  const domains = await loadDomains(settings);
  const products = domains.flatMap((domain) => domain.loadedProducts);
  await using session = await openSqlSession({
    snapshotDir: meshHome(settings.home).snapshotsDir,
    products,
    decide: (model) => decide(anonymous, model, undefined),
    now: effects.now(),
    retired: products.flatMap(({ model }) => {
      const replacement = tableName(productTable(model));
      return describeRetiredMajors(settings.root, model).map((old) => ({ model: old, replacement }));
    }),
    log: createServerLog(effects),
  });
  if (session.tables.length === 0) throw cliError["not-published"](undefined);
  if (statement === undefined) {
    effects.out(input.json ? `${JSON.stringify(session.tables, null, 2)}\n` : describeTables(session.tables));
    return 0;
  }
  const rows = await session.select(statement, { limit: limit + 1, signal: effects.signal });
  const shown = rows.slice(0, limit);
  effects.out(`${input.json ? toJson(shown) : formatTable(shown)}\n`);
  if (rows.length > limit) effects.err(`only the first ${limit} rows are shown; ask for more with --limit\n`);
  return 0;
}

function describeTables(tables: readonly SqlTable[]): string {
  return tables
    .map(({ name, columns }) => `${name}\n${columns.map((column) => `  ${column.name} ${column.type}`).join("\n")}\n`)
    .join("\n");
}

function toJson(rows: readonly SqlRow[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => jsonValue(value), 2);
}
