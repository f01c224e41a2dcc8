import type { Migration } from "../migrations.ts";

/** Up to which move of a product's pointer each target that starts with it has been sent. */
export const publishMarksMigration: Migration = {
  name: "0012-publish-marks",
  script: `
create table mesh.publish_marks (
  target text not null,
  domain text not null,
  product text not null,
  followed bigint not null,
  primary key (target, domain, product)
);
`,
};
