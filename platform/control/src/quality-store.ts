import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import type { ProductProfile, QualityResult } from "./quality-record.ts";

export interface QualityFilter {
  readonly domain?: string;
  readonly product?: string;
  readonly runId?: string;
  /** Of these checks only, such as `rule:has-units`. */
  readonly checkId?: string;
  readonly status?: QualityResult["status"];
  /** Results at most; 1000 unless given. */
  readonly limit?: number;
}

/** The history of what the data was like: results of audits, profiles of snapshots. */
export interface QualityStore {
  /** Adds what a run found, all or nothing; the same run's earlier word on a check is replaced. Forgets what is too old. */
  saveResults(results: readonly QualityResult[], now: number): Promise<void>;
  /** Newest first; of one run in the order they were given. */
  results(filter?: QualityFilter): Promise<QualityResult[]>;
  /** The results of the newest run of each product, or job that serves several. */
  latest(filter?: Pick<QualityFilter, "domain" | "product">): Promise<QualityResult[]>;
  /** Adds the profile of a snapshot, and forgets the oldest of the product. */
  saveProfile(profile: ProductProfile): Promise<void>;
  /** Newest first. */
  profiles(filter: {
    readonly domain: string;
    readonly product: string;
    readonly limit?: number;
  }): Promise<ProductProfile[]>;
}

/** A year and a season, so that this spring can be held beside the last one. */
export const keptResultDays = 400;
/** A year of daily snapshots. */
export const keptProfiles = 400;
const dayMs = 86_400_000;

export function openQualityStore(control: ControlPlane): QualityStore {
  return {
    saveResults: (results, now) =>
      control.transaction(async (handle) => {
        if (results.length > 0) await insertResults(handle, results);
        await handle.query("delete from mesh.quality_results where judged_at < $1", [
          new Date(now - keptResultDays * dayMs),
        ]);
      }),
    results: (filter = {}) => listResults(control, filter),
    latest: ({ domain, product } = {}) => latestResults(control, domain ?? null, product ?? null),
    saveProfile: (profile) => control.transaction((handle) => insertProfile(handle, profile)),
    profiles: (filter) => listProfiles(control, filter),
  };
}

async function insertResults(handle: ControlHandle, results: readonly QualityResult[]): Promise<void> {
  const rows = results.map((result, ordinal) => ({ ...result, ordinal }));
  const runs = [...new Set(results.map(({ runId }) => runId))];
  await handle.query(`delete from mesh.quality_results where run_id = any($1::text[]) and check_id = any($2::text[])`, [
    runs,
    [...new Set(results.map(({ checkId }) => checkId))],
  ]);
  await handle.query(
    `insert into mesh.quality_results
       (run_id, domain, product, contract_version, check_id, kind, column_name, dimension, severity, status, measured,
        expected, says, judged_at, ordinal)
     select "runId", domain, product, "contractVersion", "checkId", kind, "column", dimension, severity, status, measured,
       expected, says, to_timestamp("judgedAt"::double precision / 1000), ordinal
     from jsonb_to_recordset($1::jsonb) as given (ordinal int, "runId" text, domain text, product text,
       "contractVersion" text, "checkId" text, kind text, "column" text, dimension text, severity text, status text,
       measured text, expected text, says text, "judgedAt" bigint)
     on conflict do nothing`,
    [JSON.stringify(rows)],
  );
}

interface ResultRow extends Omit<QualityResult, "runId" | "contractVersion" | "checkId" | "column" | "judgedAt"> {
  readonly run_id: string;
  readonly contract_version: string | null;
  readonly check_id: string;
  readonly column_name: string | null;
  readonly judged_at: Date;
}

const columns = `run_id, domain, product, contract_version, check_id, kind, column_name, dimension, severity, status,
  measured, expected, says, judged_at`;

async function listResults(
  control: ControlPlane,
  { domain, product, runId, checkId, status, limit = 1000 }: QualityFilter,
): Promise<QualityResult[]> {
  const rows = await control.query<ResultRow>(
    `select ${columns} from mesh.quality_results
     where ($1::text is null or domain = $1) and ($2::text is null or product = $2)
       and ($3::text is null or run_id = $3) and ($4::text is null or check_id = $4)
       and ($5::text is null or status = $5)
     order by judged_at desc, run_id desc, ordinal limit $6`,
    [domain ?? null, product ?? null, runId ?? null, checkId ?? null, status ?? null, limit],
  );
  return rows.map(resultFromRow);
}

async function latestResults(
  control: ControlPlane,
  domain: string | null,
  product: string | null,
): Promise<QualityResult[]> {
  const rows = await control.query<ResultRow>(
    `with last_of as (
       select distinct on (domain, product, scope) run_id, scope from (
         select run_id, domain, product, judged_at,
           case when product is null then check_id else '' end as scope
         from mesh.quality_results
         where ($1::text is null or domain = $1) and ($2::text is null or product = $2)
       ) as seen
       order by domain, product, scope, judged_at desc, run_id desc
     )
     select ${columns} from mesh.quality_results as found
     where exists (select from last_of where last_of.run_id = found.run_id and scope in ('', found.check_id))
     order by domain, product nulls first, judged_at, ordinal`,
    [domain, product],
  );
  return rows.map(resultFromRow);
}

function resultFromRow(row: ResultRow): QualityResult {
  const { run_id, contract_version, check_id, column_name, judged_at, ...rest } = row;
  return {
    ...rest,
    runId: run_id,
    contractVersion: contract_version,
    checkId: check_id,
    column: column_name,
    judgedAt: judged_at.getTime(),
  };
}

async function insertProfile(handle: ControlHandle, profile: ProductProfile): Promise<void> {
  const { snapshotId, runId, domain, product, contractVersion, profiledAt, rowCount, sampledRows, durationMs } =
    profile;
  await handle.query(
    `insert into mesh.quality_profiles (snapshot_id, run_id, domain, product, contract_version, profiled_at, row_count,
       sampled_rows, duration_ms, columns)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) on conflict (snapshot_id) do nothing`,
    [
      snapshotId,
      runId,
      domain,
      product,
      contractVersion,
      new Date(profiledAt),
      rowCount,
      sampledRows,
      durationMs,
      JSON.stringify(profile.columns),
    ],
  );
  await handle.query(
    `delete from mesh.quality_profiles where domain = $1 and product = $2 and snapshot_id not in (
       select snapshot_id from mesh.quality_profiles where domain = $1 and product = $2
       order by profiled_at desc, snapshot_id desc limit $3)`,
    [domain, product, keptProfiles],
  );
}

interface ProfileRow {
  readonly snapshot_id: string;
  readonly run_id: string;
  readonly domain: string;
  readonly product: string;
  readonly contract_version: string;
  readonly profiled_at: Date;
  readonly row_count: number;
  readonly sampled_rows: number;
  readonly duration_ms: number;
  readonly columns: ProductProfile["columns"];
}

async function listProfiles(
  control: ControlPlane,
  { domain, product, limit = keptProfiles }: { domain: string; product: string; limit?: number },
): Promise<ProductProfile[]> {
  const rows = await control.query<ProfileRow>(
    `select * from mesh.quality_profiles where domain = $1 and product = $2
     order by profiled_at desc, snapshot_id desc limit $3`,
    [domain, product, limit],
  );
  return rows.map((row) => ({
    snapshotId: row.snapshot_id,
    runId: row.run_id,
    domain: row.domain,
    product: row.product,
    contractVersion: row.contract_version,
    profiledAt: row.profiled_at.getTime(),
    rowCount: row.row_count,
    sampledRows: row.sampled_rows,
    durationMs: row.duration_ms,
    columns: row.columns,
  }));
}
