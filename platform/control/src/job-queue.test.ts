import { join } from "node:path";
import { seedControlStore } from "@thoth/testing/control-store";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll } from "vitest";
import { suiteJobQueue } from "./job-queue.suite.ts";
import { openControl } from "./open-control.ts";

// A zone far from UTC shows every place where local time slips in.
process.env.TZ = "Australia/Melbourne";

let dir: TempDir;
let postgres: TestPostgres;
beforeAll(async () => {
  [dir, postgres] = await Promise.all([tempDir(), startPostgres()]);
  await seedControlStore(join(dir.path, "suite"));
});
afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

suiteJobQueue("PGlite", () => openControl({ dataDir: join(dir.path, "suite") }));
suiteJobQueue("Postgres", () => openControl({ url: postgres.url }));
