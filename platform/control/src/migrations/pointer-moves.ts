import type { Migration } from "../migrations.ts";

/**
 * Which snapshot each product served from when on, rollbacks included. Of the time before this step only what was published
 * is known, and where each pointer stands.
 */
export const pointerMovesMigration: Migration = {
  name: "0006-pointer-moves",
  script: `
create table mesh.pointer_moves (
  sequence bigint generated always as identity primary key,
  domain text not null,
  product text not null,
  snapshot_id text not null,
  moved_at timestamptz not null,
  foreign key (domain, product, snapshot_id) references mesh.snapshots (domain, product, id)
);
create index pointer_moves_by_time on mesh.pointer_moves (domain, product, moved_at desc, sequence desc);

insert into mesh.pointer_moves (domain, product, snapshot_id, moved_at)
select domain, product, id, published_at from mesh.snapshots order by published_at, id;

insert into mesh.pointer_moves (domain, product, snapshot_id, moved_at)
select domain, product, snapshot_id, greatest(checked_at, newest.published_at)
from mesh.pointers join (
  select distinct on (domain, product) domain, product, id, published_at
  from mesh.snapshots order by domain, product, published_at desc, id desc
) newest using (domain, product)
where pointers.snapshot_id <> newest.id;
`,
};
