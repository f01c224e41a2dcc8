import { createHash } from "node:crypto";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import type { WriteSide } from "@thoth/warehouse/write-side";
import type { Domain } from "./domain.ts";

/** What a table was last computed from, and what came out. */
export interface TableState {
  /** Equal fingerprints mean that computing it again would give the same rows. */
  readonly fingerprint: string;
  /** Equal versions mean equal rows: the run that last changed a cleaned table, the snapshot of a product. */
  readonly version: string;
  readonly rowCount: number;
  /** What the audit of a product's rows said when they were last held against the contract. */
  readonly audit?: StandingAudit;
}

/** What an audit let through, which stands until something that it depends on changes. */
export interface StandingAudit {
  /** Of what it depends on besides the rows (`audit-surroundings.ts`). */
  readonly fingerprint: string;
  /** More than none: what is served lacks these rows. */
  readonly rowsRejected: number;
  readonly checksPassed: number;
  readonly checksWarned: number;
  readonly checksFailed: number;
}

export type Layer = "clean" | "product";

/** The states of one domain's computed tables. Kept in the write file, so that rows and state share one transaction. */
export interface TableStates {
  /** Undefined until the table has been computed, and when it is gone from the file. */
  of(layer: Layer, table: string): TableState | undefined;
  /** Runs `work` in a transaction and stores the state in what it returns in the same one. */
  change<Result extends TableState>(layer: Layer, table: string, work: () => Promise<Result>): Promise<Result>;
}

/**
 * Reads the states once and removes what no file of the domain fills any more, and what a crash left in `staging`. As
 * long as the states are in use nobody else may change them in the file.
 */
export async function openTableStates(engine: WriteSide, domain: Domain): Promise<TableStates> {
  await engine.run(`CREATE TABLE IF NOT EXISTS mesh.table_states (
  layer VARCHAR, name VARCHAR, fingerprint VARCHAR, version VARCHAR, row_count BIGINT, PRIMARY KEY (layer, name))`);
  await engine.run("ALTER TABLE mesh.table_states ADD COLUMN IF NOT EXISTS audit VARCHAR");
  await dropStrayViews(engine);
  const existing = await dropStrayTables(engine, domain);
  const known = await readStates(engine);
  return {
    of: (layer, table) => (layer === "clean" && !existing.has(table) ? undefined : known.get(`${layer}.${table}`)),
    async change(layer, table, work) {
      const result = await engine.transaction(async () => {
        const next = await work();
        const audit = next.audit === undefined ? null : JSON.stringify(next.audit);
        const values = [layer, table, next.fingerprint, next.version, BigInt(next.rowCount), audit];
        await engine.run(
          `INSERT OR REPLACE INTO mesh.table_states (layer, name, fingerprint, version, row_count, audit)
VALUES ($1, $2, $3, $4, $5, $6)`,
          values,
        );
        return next;
      });
      const { fingerprint, version, rowCount, audit } = result;
      known.set(`${layer}.${table}`, { fingerprint, version, rowCount, ...(audit && { audit }) });
      if (layer === "clean") existing.add(table);
      return result;
    },
  };
}

/** Order of the parts does not matter; their text does. */
export function fingerprintOf(text: string, inputs: readonly string[]): string {
  const hash = createHash("sha256").update(text);
  for (const input of [...inputs].sort()) hash.update("\0").update(input);
  return hash.digest("hex").slice(0, 32);
}

async function readStates(engine: WriteSide): Promise<Map<string, TableState>> {
  const rows = await engine.query("SELECT layer, name, fingerprint, version, row_count, audit FROM mesh.table_states");
  return new Map(
    rows.map(({ layer, name, fingerprint, version, row_count: rowCount, audit }) => [
      `${layer}.${name}`,
      {
        fingerprint: String(fingerprint),
        version: String(version),
        rowCount: Number(rowCount),
        ...(audit !== null && { audit: JSON.parse(String(audit)) as StandingAudit }),
      },
    ]),
  );
}

/** What is served is audited through a view in the place of staged rows. */
async function dropStrayViews(engine: WriteSide): Promise<void> {
  const found = await engine.query(
    "SELECT view_name FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'staging'",
  );
  for (const { view_name: view } of found) await engine.run(`DROP VIEW ${qualifiedName("staging", String(view))}`);
}

/** @returns the cleaned tables that stay */
async function dropStrayTables(engine: WriteSide, { cleanTables }: Domain): Promise<Set<string>> {
  const wanted = new Set(cleanTables.map(({ table }) => table));
  const kept = new Set<string>();
  const found = await engine.query(
    `SELECT schema_name, table_name FROM duckdb_tables()
WHERE database_name = current_database()
  AND (schema_name IN ('clean', 'staging')
    OR schema_name = 'mesh' AND (table_name LIKE 'joined %' OR table_name LIKE 'changes of %')
    OR schema_name = 'raw' AND (table_name LIKE 'backfill of %' OR table_name LIKE 'keys of backfill of %'))`,
  );
  for (const { schema_name: schema, table_name: table } of found) {
    // What a cleaned table joins is kept beside it, numbered, and what has become of its rows.
    const of = String(table).replace(/^(?:joined (.*) \d+|changes of (.*))$/, "$1$2");
    if (schema === "mesh" && wanted.has(of)) continue;
    if (schema === "clean" && wanted.has(String(table))) kept.add(String(table));
    else await engine.run(`DROP TABLE ${qualifiedName(String(schema), String(table))}`);
  }
  return kept;
}
