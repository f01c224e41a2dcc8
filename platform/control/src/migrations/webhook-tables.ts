import type { Migration } from "../migrations.ts";

/**
 * Who is told of publications at which address, and what has become of each delivery. Secrets are encrypted with a key
 * that is not in the database. Deliveries are made from the moves of pointers, so none is forgotten by a crash.
 */
export const webhookMigration: Migration = {
  name: "0009-webhooks",
  script: `
create table mesh.webhooks (
  id text primary key,
  url text not null,
  domain text not null,
  product text not null,
  purpose text,
  consumer text not null,
  allow_private boolean not null,
  sealed_secret text not null,
  created_by text not null,
  created_at timestamptz not null,
  after_move bigint not null
);

create table mesh.webhook_deliveries (
  webhook_id text not null references mesh.webhooks on delete cascade,
  move bigint not null references mesh.pointer_moves (sequence),
  state text not null check (state in ('waiting', 'delivered', 'dead')),
  attempts int not null,
  due_at timestamptz not null,
  problem text,
  changed_at timestamptz not null,
  primary key (webhook_id, move)
);
create index webhook_deliveries_due on mesh.webhook_deliveries (due_at) where state = 'waiting';
`,
};
