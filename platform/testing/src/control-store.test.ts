import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openControl } from "@thoth/control/open-control";
import { openRunLedger } from "@thoth/control/run-ledger";
import { expect, test } from "vitest";
import { seedControlStore } from "./control-store.ts";
import { tempDir } from "./temp-dir.ts";

test("seeded stores are empty, work, and know nothing of each other", async () => {
  await using dir = await tempDir();
  const dataDirs = [join(dir.path, "deep", "one"), join(dir.path, "two")];
  for (const dataDir of dataDirs) {
    await seedControlStore(dataDir);
    await using control = await openControl({ dataDir });
    const ledger = openRunLedger(control, () => 0);
    expect(await ledger.list()).toEqual([]);
    const run = { domain: "demo", product: null, pipeline: "domain", trigger: "manual", codeVersion: "1" } as const;
    await ledger.start(run);
    expect(await ledger.list()).toHaveLength(1);
  }
});

test("seeds nothing over a store that is there", async () => {
  await using dir = await tempDir();
  const dataDir = join(dir.path, "control");
  await seedControlStore(dataDir);
  const before = await readdir(dataDir);
  await expect(seedControlStore(dataDir)).rejects.toThrow();
  expect(await readdir(dataDir)).toEqual(before);
});
