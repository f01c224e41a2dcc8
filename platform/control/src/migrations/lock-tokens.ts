import type { Migration } from "../migrations.ts";

/**
 * A domain's lock has a token that grows each time it is taken, and its row stays when it is given back. A run notes the
 * token that it began under: what it does later counts as long as that is still the current one.
 */
export const lockTokensMigration: Migration = {
  name: "0011-lock-tokens",
  script: `
alter table mesh.domain_locks
  alter column holder drop not null,
  alter column worker_id drop not null,
  add column token bigint not null default 0;
alter table mesh.run_intake add column lock_token bigint;
`,
};
