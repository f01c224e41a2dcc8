import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { UsageBatch } from "@thoth/contract/impact/read-count";
import { openControl } from "@thoth/control/open-control";
import { openUsageStore } from "@thoth/control/usage-store";
import { meshHome } from "@thoth/pipeline/mesh-home";
import { startPostgres } from "@thoth/testing/postgres";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import type { Settings } from "./settings.ts";
import { openUsageSink } from "./usage-sink.ts";

const now = Date.UTC(2026, 2, 18, 12);
const reader = { consumer: "ada", domain: undefined, purpose: undefined };
const batch: UsageBatch = {
  writer: "gateway",
  sequence: 1,
  counts: [{ hour: now, product: "campus/courses", version: "1.0.0", columns: [], ...reader, reads: 2 }],
};

test("without a server of the control plane, counts go to a file in the home, and no file without counts", async () => {
  await using dir = await tempDir();
  const home = meshHome(dir.path);
  {
    await using _unused = openUsageSink({} as Settings, home, () => now);
  }
  expect(await readdir(dir.path)).toEqual([]);
  {
    await using sink = openUsageSink({} as Settings, home, () => now);
    await sink.save(batch);
  }
  expect(await readdir(home.usageDir)).toEqual(["2026-03-18-gateway.done.ndjson"]);
});

test("with one they go there, once, and the home stays as it was", async () => {
  await using postgres = await startPostgres();
  await using dir = await tempDir();
  {
    await using sink = openUsageSink(
      { controlUrl: postgres.url } as Settings,
      meshHome(join(dir.path, "home")),
      () => now,
    );
    await sink.save(batch);
    await sink.save(batch);
  }
  await using control = await openControl({ url: postgres.url });
  const { uses } = await openUsageStore(control, () => now).report({ since: 0 });
  expect(uses).toMatchObject([{ product: "campus/courses", consumer: "ada", reads: 2 }]);
  expect(await readdir(dir.path)).toEqual([]);
});
