import { decide } from "@thoth/access/decide";
import { anonymous } from "@thoth/access/decision";
import { describeRetiredMajors } from "@thoth/contract/lifecycle/previous-major";
import { type MeshHome, meshHome } from "@thoth/pipeline/mesh-home";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { tableName } from "@thoth/warehouse/authorise-reads";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { askDesk, hasControl } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadDomains } from "../load-domains.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { openSqlSession, type PastStates, type SqlProduct, type SqlSession, type SqlTable } from "../sql-session.ts";
import { productTable } from "../sql-statement.ts";
import { noteSqlReads } from "../sql-usage.ts";
import { formatTable, jsonValue } from "../text-table.ts";
import {
  chooseSnapshots,
  columnsThen,
  instantsOf,
  type Journey,
  journeyOptions,
  parseJourney,
} from "../time-travel.ts";

export const sql: Command = {
  name: "mesh sql",
  summary: "Run a SELECT over the published products, locally.",
  usage: "[statement]",
  details:
    "Tables are <domain>.product.<table> with _ for -: ontrack_learning.product.units. Without a statement it lists them " +
    "with their columns. What is classified confidential or restricted is not there. Nothing can be written, and no " +
    "file can be read.",
  options: {
    limit: { type: "string", value: "<n>", description: "Rows shown at most; 100 unless given. A cut is announced." },
    ...journeyOptions,
  },
  positionals: [0, 1],
  examples: [
    ["mesh sql", "which tables and columns there are"],
    ["mesh sql 'select code, name from ontrack_learning.product.units order by code'", "a table of units"],
    ["mesh sql 'select count(*) from ontrack_learning.product.units' --at 2026-03-02T09:00:00Z", "as it was then"],
  ],
  run: select,
};

async function select(input: CommandInput, effects: Effects): Promise<number> {
  const [statement] = input.positionals;
  const limit = input.wholeNumber("limit", { min: 1, max: 1_000_000 }) ?? 100;
  const journey = parseJourney(input, sql, effects.now());
  const settings = await loadSettings(effects.cwd, effects.env);
  const domains = await loadDomains(settings);
  const products = domains.flatMap((domain) => domain.loadedProducts);
  const [home, log] = [meshHome(settings.home), createServerLog(effects)];
  await using session = await openSqlSession({
    snapshotDir: home.snapshotsDir,
    products,
    decide: (model) => decide(anonymous, model, undefined),
    now: effects.now(),
    ...(journey && { past: await travel(journey, products, { settings, effects }) }),
    retired: products.flatMap(({ model }) => {
      const replacement = tableName(productTable(model));
      return describeRetiredMajors(settings.root, model).map((old) => ({ model: old, replacement }));
    }),
    log,
  });
  if (session.tables.length === 0 && journey === undefined) throw cliError["not-published"](undefined);
  if (statement === undefined) {
    if (session.tables.length === 0) throw cliError["nothing-then"](undefined);
    effects.out(input.json ? `${JSON.stringify(session.tables, null, 2)}\n` : describeTables(session.tables));
    return 0;
  }
  const rows = await session.select(statement, { limit: limit + 1, signal: effects.signal });
  const shown = rows.slice(0, limit);
  effects.out(`${input.json ? toJson(shown) : formatTable(shown)}\n`);
  await note(session, statement, { home, effects, log });
  if (rows.length > limit) effects.err(`only the first ${limit} rows are shown; ask for more with --limit\n`);
  return 0;
}

interface Travelling {
  readonly settings: Settings;
  readonly effects: Effects;
}

/** Asks the control plane which states there are. */
async function travel(
  journey: Journey,
  products: readonly SqlProduct[],
  { settings, effects }: Travelling,
): Promise<PastStates> {
  if (!hasControl(settings)) throw cliError["not-published"](undefined);
  const known = await askDesk({ name: "snapshots", argument: instantsOf(journey) }, effects);
  const ids = products.map(({ model }) => model.id);
  return {
    ...chooseSnapshots(journey, known, ids),
    columnsOf: (snapshot) => columnsThen(settings.root, snapshot),
  };
}

interface Noting {
  readonly home: MeshHome;
  readonly effects: Effects;
  readonly log: ServerLog;
}

/** The answer stands, whatever becomes of the note. */
async function note(session: SqlSession, statement: string, { home, effects, log }: Noting): Promise<void> {
  try {
    await noteSqlReads(home, await session.readsOf(statement), effects.now);
  } catch (failure) {
    log.error("what was read cannot be noted", {
      reason: failure instanceof Error ? failure.message : String(failure),
    });
  }
}

function describeTables(tables: readonly SqlTable[]): string {
  return tables
    .map(({ name, columns }) => `${name}\n${columns.map((column) => `  ${column.name} ${column.type}`).join("\n")}\n`)
    .join("\n");
}

function toJson(rows: readonly SqlRow[]): string {
  return JSON.stringify(rows, (_key, value: unknown) => jsonValue(value), 2);
}
