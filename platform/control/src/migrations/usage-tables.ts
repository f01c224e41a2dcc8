import type { Migration } from "../migrations.ts";

/**
 * Who read what in which hour. Readers and sets of columns repeat hour after hour, so an hour's row only points at them.
 * A writer's last batch is kept so that none is counted twice.
 */
export const usageMigration: Migration = {
  name: "0003-usage",
  script: `
create table mesh.usage_readers (
  id int generated always as identity primary key,
  consumer text not null,
  domain text not null,
  purpose text not null,
  unique (consumer, domain, purpose)
);

create table mesh.usage_reads (
  id int generated always as identity primary key,
  product text not null,
  version text not null,
  columns text[] not null,
  digest text not null,
  unique (product, version, digest)
);

create table mesh.usage (
  read_id int not null references mesh.usage_reads,
  reader_id int not null references mesh.usage_readers,
  hour timestamptz not null,
  reads bigint not null check (reads > 0),
  primary key (read_id, reader_id, hour)
);
create index usage_by_hour on mesh.usage (hour);
create index usage_by_reader on mesh.usage (reader_id);

create table mesh.usage_writers (
  writer text primary key,
  sequence int not null,
  saved_at timestamptz not null
);
`,
};
