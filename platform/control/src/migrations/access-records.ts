import type { Migration } from "../migrations.ts";

/**
 * Agreements and keys: each record as it is now, and every change that was ever made to it. The history can only grow,
 * whoever writes to the database as the mesh does.
 */
export const accessRecordsMigration: Migration = {
  name: "0007-access-records",
  script: `
create table mesh.access_records (
  kind text not null,
  id text not null,
  body jsonb not null,
  primary key (kind, id)
);

create table mesh.access_history (
  sequence bigint generated always as identity primary key,
  kind text not null,
  id text not null,
  action text not null,
  actor text not null,
  reason text not null,
  at timestamptz not null,
  body jsonb not null,
  foreign key (kind, id) references mesh.access_records (kind, id)
);
create index access_history_by_record on mesh.access_history (kind, id, sequence);

create function mesh.refuse_rewriting() returns trigger language plpgsql as $$
begin
  raise exception 'mesh.access_history can only be appended to';
end
$$;
create trigger access_history_is_kept before update or delete or truncate on mesh.access_history
  for each statement execute function mesh.refuse_rewriting();
`,
};
