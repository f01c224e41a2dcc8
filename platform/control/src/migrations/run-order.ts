import type { Migration } from "../migrations.ts";

/** Runs are listed by when they began, which is no longer when they were queued. */
export const runOrderMigration: Migration = {
  name: "0013-run-order",
  script: `
drop index mesh.runs_newest;
drop index mesh.runs_by_product;
create index runs_newest on mesh.runs ((coalesce(started_at, queued_at)) desc);
create index runs_by_product on mesh.runs (domain, product, (coalesce(started_at, queued_at)) desc);
`,
};
