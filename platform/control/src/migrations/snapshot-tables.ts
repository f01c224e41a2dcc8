import type { Migration } from "../migrations.ts";

/** Snapshots never change, but for the note that their file is gone; a pointer says which one a product serves. */
export const snapshotMigration: Migration = {
  name: "0002-snapshots",
  script: `
create table mesh.snapshots (
  id text primary key check (id <> ''),
  domain text not null,
  product text not null,
  contract_version text not null,
  row_count bigint not null check (row_count >= 0),
  size_bytes bigint not null check (size_bytes >= 0),
  published_at timestamptz not null,
  watermark timestamptz,
  run_id text not null,
  pruned_at timestamptz,
  unique (domain, product, id)
);
create index snapshots_by_time on mesh.snapshots (published_at);
create index snapshots_newest on mesh.snapshots (domain, product, published_at desc);

create table mesh.pointers (
  domain text not null,
  product text not null,
  snapshot_id text not null,
  watermark timestamptz,
  checked_at timestamptz not null,
  primary key (domain, product),
  foreign key (domain, product, snapshot_id) references mesh.snapshots (domain, product, id)
);
`,
};
