import type { Migration } from "../migrations.ts";

/**
 * `mesh.runs` has the ledger's columns and no others, so that it can be a data product as it stands.
 * What the mesh needs beside them is in `mesh.run_intake`: the order of arrival and the worker that runs it.
 */
export const runLedgerMigration: Migration = {
  name: "0001-run-ledger",
  script: `
create table mesh.runs (
  run_id text primary key check (run_id <> ''),
  parent_run_id text references mesh.runs (run_id),
  domain text not null,
  product text,
  pipeline text not null,
  attempt integer not null check (attempt >= 1),
  trigger text not null check (trigger in ('schedule', 'event', 'backfill', 'manual')),
  partition_key text,
  code_version text not null,
  contract_version text,
  status text not null check (status in ('queued', 'running', 'success', 'partial', 'failed', 'aborted', 'skipped')),
  queued_at timestamptz not null,
  started_at timestamptz,
  completed_at timestamptz,
  duration_ms bigint generated always as (
    case when completed_at < started_at then 0
    else round(extract(epoch from (completed_at - started_at)) * 1000)::bigint end
  ) stored,
  rows_read bigint check (rows_read >= 0),
  rows_inserted bigint check (rows_inserted >= 0),
  rows_updated bigint check (rows_updated >= 0),
  rows_deleted bigint check (rows_deleted >= 0),
  rows_rejected bigint check (rows_rejected >= 0),
  row_count_after bigint check (row_count_after >= 0),
  bytes_in bigint check (bytes_in >= 0),
  bytes_out bigint check (bytes_out >= 0),
  checkpoint_before jsonb,
  checkpoint_after jsonb,
  failure_class text
    check (failure_class in ('source', 'schema', 'quality', 'consent', 'policy', 'system', 'timeout')),
  failure_step text,
  failure_message text,
  root_cause_run_id text,
  checks_passed bigint check (checks_passed >= 0),
  checks_warned bigint check (checks_warned >= 0),
  checks_failed bigint check (checks_failed >= 0),
  watermark_before timestamptz,
  watermark_after timestamptz,
  snapshot_id text,
  constraint ended_when_final check ((completed_at is null) = (status in ('queued', 'running'))),
  constraint begun_when_running check (status <> 'running' or started_at is not null),
  constraint failure_explained check (status <> 'failed' or (failure_class is not null and failure_message is not null))
);
create index runs_newest on mesh.runs (queued_at desc);
create index runs_by_product on mesh.runs (domain, product, queued_at desc);
create index runs_by_parent on mesh.runs (parent_run_id) where parent_run_id is not null;
create index runs_by_completion on mesh.runs (completed_at);
create index runs_unfinished on mesh.runs (run_id) where completed_at is null;

create table mesh.run_intake (
  run_id text primary key references mesh.runs (run_id),
  arrival bigint generated always as identity,
  worker_id bigint not null
);

create function mesh.guard_run() returns trigger language plpgsql as $guard$
begin
  if tg_op <> 'UPDATE' then
    raise exception 'the run ledger is append-only: % is refused', lower(tg_op) using errcode = 'integrity_constraint_violation';
  end if;
  if old.completed_at is not null then
    raise exception 'run % has ended as %: it does not change any more', old.run_id, old.status
      using errcode = 'integrity_constraint_violation';
  end if;
  if (old.run_id, old.parent_run_id, old.domain, old.product, old.pipeline, old.attempt, old.trigger,
      old.partition_key, old.code_version, old.queued_at, coalesce(old.started_at, new.started_at))
    is distinct from
     (new.run_id, new.parent_run_id, new.domain, new.product, new.pipeline, new.attempt, new.trigger,
      new.partition_key, new.code_version, new.queued_at, new.started_at)
  then
    raise exception 'run % keeps what it was put on the ledger with', old.run_id
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$guard$;
create trigger guard_run before update or delete on mesh.runs for each row execute function mesh.guard_run();
create trigger guard_runs before truncate on mesh.runs for each statement execute function mesh.guard_run();
`,
};
