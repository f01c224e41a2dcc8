import type { Migration } from "../migrations.ts";

/**
 * Who works on which domain, which job a worker has taken on, how far each schedule has fired, what is paused, and what
 * runs said. All of it is about work in progress; what happened is in the ledger.
 */
export const orchestrationMigration: Migration = {
  name: "0004-orchestration",
  script: `
create table mesh.domain_locks (
  domain text primary key,
  holder text not null,
  worker_id bigint not null,
  taken_at timestamptz not null
);

create table mesh.claims (
  job_id text primary key,
  worker_id bigint not null,
  target text not null,
  request jsonb not null,
  claimed_at timestamptz not null
);

create table mesh.schedule_marks (
  target text primary key,
  fired_until timestamptz not null
);

create table mesh.pauses (
  target text primary key,
  paused_at timestamptz not null
);

create table mesh.held_requests (
  target text primary key,
  request jsonb not null,
  held_at timestamptz not null
);

create table mesh.run_log (
  run_id text not null references mesh.runs (run_id),
  line integer not null check (line > 0),
  at timestamptz not null,
  level text not null check (level in ('info', 'warning', 'error')),
  message text not null,
  primary key (run_id, line)
);
`,
};
