import type { Migration } from "../migrations.ts";

/** Of what was counted before, neither the port nor whether a person or a service read is known. */
export const usagePortsMigration: Migration = {
  name: "0008-usage-ports",
  script: `
alter table mesh.usage_readers
  add column kind text not null default '',
  add column port text not null default '',
  drop constraint usage_readers_consumer_domain_purpose_key,
  add constraint usage_readers_once unique (consumer, domain, purpose, kind, port);
`,
};
