import type { Decision, Principal } from "@thoth/access/decision";
import { readName } from "@thoth/access/secured-sql/offers";
import type { SecuredRead } from "@thoth/access/secured-sql/secured-sql";
import type { SqlProduct } from "@thoth/access/secured-sql/shown-products";
import { openMaskKey } from "@thoth/access/signing-key";
import { describeRetiredMajors } from "@thoth/contract/lifecycle/previous-major";
import type { ProductModel } from "@thoth/contract/product-model";
import { type MeshHome, meshHome } from "@thoth/pipeline/mesh-home";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { askDesk, hasControl } from "../ask-desk.ts";
import { personAsking, personOptions, tokenGiven } from "../asking-person.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadDomains } from "../load-domains.ts";
import { localPerson } from "../local-person.ts";
import { openMeshAccess } from "../mesh-access.ts";
import { createServerLog } from "../server-log.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { auditRefusedSql, auditSql, type SqlAuditing } from "../sql-audit.ts";
import {
  openSqlSession,
  type PastSnapshots,
  type SelectOptions,
  type SqlSession,
  type SqlTable,
} from "../sql-session.ts";
import { noteSqlReads } from "../sql-usage.ts";
import { formatTable, jsonValue } from "../text-table.ts";
import { chooseSnapshots, instantsOf, type Journey, journeyOptions, parseJourney } from "../time-travel.ts";

export const sql: Command = {
  name: "mesh sql",
  summary: "Run a SELECT over the published products, locally.",
  usage: "[statement]",
  details:
    "Tables are <domain>.<table> with _ for -: ontrack_learning.units; <domain>.product.<table> is the same, " +
    "and the table alone is enough while no other domain has one of its name. Without a " +
    "statement it lists them with their columns. What you may not read is not there: columns, rows, values that are " +
    "masked. One SELECT at a time, in DuckDB's dialect; nothing can be written, no file can be read, and a statement ends " +
    "after a minute.",
  options: {
    ...personOptions,
    token: { type: "string", value: "<token>", description: "Who asks, from mesh token; or set MESH_TOKEN." },
    purpose: { type: "string", value: "<purpose>", description: "What the answer is for: learning-research" },
    limit: { type: "string", value: "<n>", description: "Rows shown at most; 100 unless given. A cut is announced." },
    ...journeyOptions,
  },
  positionals: [0, 1],
  examples: [
    ["mesh sql", "which tables and columns there are"],
    ["mesh sql 'select code, name from ontrack_learning.units order by code'", "a table of units"],
    ["mesh sql 'select count(*) from ontrack_learning.units' --at 2026-03-02T09:00:00Z", "as it was then"],
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
  using access = await openMeshAccess(settings, effects, log);
  const token = tokenGiven(sql, input, effects);
  const principal =
    token === undefined ? (personAsking(sql, input) ?? localPerson()) : await access.authenticate(token);
  const purpose = input.text("purpose");
  const decide = (model: ProductModel) => access.decide(principal, model, purpose);
  await using session = await openSqlSession({
    snapshotDir: home.snapshotsDir,
    tmpDir: home.tmpDir,
    maskKey: await openMaskKey(home.home),
    products,
    decide,
    now: effects.now(),
    ...(journey && { past: await travel(journey, products, { settings, effects }) }),
    retired: products.flatMap(({ model }) => {
      const replacement = readName(model);
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
  const rows = await audited(session, statement, {
    auditing: { settings, effects, log, purpose, principal, authenticated: token === undefined ? "account" : "token" },
    decide,
    select: (onRefused) => session.select(statement, { limit: limit + 1, signal: effects.signal, onRefused }),
  });
  const shown = rows.slice(0, limit);
  effects.out(`${input.json ? toJson(shown) : formatTable(shown)}\n`);
  await note(session, statement, { home, effects, log, principal, purpose });
  if (rows.length > limit) effects.err(`only the first ${limit} rows are shown; ask for more with --limit\n`);
  return 0;
}

interface Audited {
  readonly auditing: SqlAuditing;
  readonly decide: (model: ProductModel) => Decision;
  readonly select: (onRefused: SelectOptions["onRefused"]) => Promise<SqlRow[]>;
}

/** Nothing is shown before it is in the audit trail. */
async function audited(
  session: SqlSession,
  statement: string,
  { auditing, decide, select }: Audited,
): Promise<SqlRow[]> {
  let asked: readonly SecuredRead[] = [];
  try {
    const rows = await select((reads) => {
      asked = reads;
    });
    const reads = await session.readsOf(statement);
    await auditSql(
      auditing,
      reads.map((read) => ({ ...read, decision: decide(read.model) })),
      rows.length,
    );
    return rows;
  } catch (failure) {
    await auditRefusedSql(auditing, asked, failure);
    throw failure;
  }
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
): Promise<PastSnapshots> {
  if (!hasControl(settings)) throw cliError["not-published"](undefined);
  const known = await askDesk({ name: "snapshots", argument: instantsOf(journey) }, effects);
  const ids = products.map(({ model }) => model.id);
  return chooseSnapshots(journey, known, ids);
}

interface Noting {
  readonly home: MeshHome;
  readonly effects: Effects;
  readonly log: ServerLog;
  readonly principal: Principal;
  readonly purpose: string | undefined;
}

/** The answer stands, whatever becomes of the note. */
async function note(session: SqlSession, statement: string, noting: Noting): Promise<void> {
  const { home, effects, log, principal, purpose } = noting;
  try {
    const reads = await session.readsOf(statement);
    await noteSqlReads(home, reads, { consumer: principal.name, purpose, clock: effects.now });
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
