import type { Migration } from "../migrations.ts";

/** A snapshot that was written to go back to an older one, and which one that was. */
export const restoredSnapshotsMigration: Migration = {
  name: "0010-restored-snapshots",
  script: "alter table mesh.snapshots add column restored_from text;",
};
