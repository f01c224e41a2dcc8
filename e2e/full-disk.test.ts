import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countPublished } from "./published-rows.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/** A disk of its own needs a mount, which only root may make; for others the limit on file sizes stands in elsewhere. */
const canMount = await tryMount();
if (!canMount) console.warn("skipped: only root can mount a small disk, so none is filled here");

let base: SmallProject;
beforeAll(async () => {
  base = await loansProject();
});
afterAll(() => base?.[Symbol.asyncDispose]());

test.skipIf(!canMount).each([
  ["warehouse", "while loading", /(extract|clean)\/records failed/],
  ["snapshots", "while publishing", /product\/loans failed/],
])(
  "a disk that fills up (%s) %s: a clear error, the old rows serve, and with more room the next run goes on",
  async (folder, _when, failed) => {
    await using project = await base.copy();
    await using disk = await smallDisk(join(project.root, "var", folder), "1m");
    await bring(project, 500);
    expect(await project.mesh(["run"], env)).toMatchObject({ code: 0 });
    await bring(project, 60_000);
    const { code, err } = await project.mesh(["run"], env);
    expect(code).toBe(1);
    expect(err).toMatch(failed);
    expect(err).toMatch(/warehouse\/disk-full: the disk is full: .*\n +hint Free space/);
    expect(await countPublished(project)).toBe(500);
    disk.grow("300m");
    expect(await project.mesh(["run"], env)).toMatchObject({ code: 0 });
    expect(await countPublished(project)).toBe(60_000);
  },
);

const env = { MESH_SOURCES: "exports" };

async function bring(project: SmallProject, rows: number): Promise<void> {
  const folder = join(project.root, "exports/library-loans");
  await mkdir(folder, { recursive: true });
  const line = (id: number) => `${id},category ${(id * 7919) % 100_003},${id},2026-01-01T00:00:00Z\n`;
  const lines = Array.from({ length: rows }, (_, index) => line(index + 1));
  await writeFile(join(folder, "records.csv"), `id,category,amount,changed_at\n${lines.join("")}`);
}

interface SmallDisk extends AsyncDisposable {
  grow(size: string): void;
}

async function smallDisk(folder: string, size: string): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  const run = (...args: string[]) => execFileSync(args[0] as string, args.slice(1), { stdio: "ignore" });
  run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder);
  return {
    grow: (larger) => run("mount", "-o", `remount,size=${larger}`, folder),
    async [Symbol.asyncDispose]() {
      run("umount", folder);
    },
  };
}

async function tryMount(): Promise<boolean> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  await using dir = await tempDir();
  try {
    await using _disk = await smallDisk(join(dir.path, "disk"), "1m");
    return true;
  } catch {
    return false;
  }
}
