import type { Migration } from "../migrations.ts";

/** What every audit found, and what every published snapshot is like. */
export const qualityMigration: Migration = {
  name: "0005-quality",
  script: `
create table mesh.quality_results (
  run_id text not null,
  domain text not null,
  product text,
  contract_version text,
  check_id text not null,
  kind text not null check (kind in ('promise', 'anomaly', 'reconciliation', 'drift')),
  column_name text,
  dimension text not null,
  severity text not null check (severity in ('info', 'warning', 'error')),
  status text not null check (status in ('passed', 'failed', 'not-run')),
  measured text,
  expected text,
  says text not null,
  judged_at timestamptz not null,
  ordinal integer not null
);
create unique index quality_results_once on mesh.quality_results (run_id, check_id, coalesce(contract_version, ''));
create index quality_results_newest on mesh.quality_results (domain, product, judged_at desc);
create index quality_results_by_time on mesh.quality_results (judged_at);

create table mesh.quality_profiles (
  snapshot_id text primary key,
  run_id text not null,
  domain text not null,
  product text not null,
  contract_version text not null,
  profiled_at timestamptz not null,
  row_count bigint not null,
  sampled_rows bigint not null,
  duration_ms double precision not null,
  columns jsonb not null
);
create index quality_profiles_newest on mesh.quality_profiles (domain, product, profiled_at desc);
`,
};
