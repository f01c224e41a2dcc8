import { join } from "node:path";
import { seedControlStore } from "@thoth/testing/control-store";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { copyTree, madeOnce } from "./made-once.ts";
import { mesh, repository } from "./mesh-process.ts";

/** What the state in `publishedHome` was made with; commands on it need the same. */
export const sampleScale = { MESH_SAMPLE_SCALE: "0.02" } as const;

/** A `MESH_HOME` of this repository after its first run: sample data, and every product of every domain. */
export async function publishedHome(): Promise<TempDir> {
  const kept = await madeOnce("published-home", firstRun);
  const dir = await tempDir("mesh-home-");
  copyTree(kept, dir.path);
  return dir;
}

async function firstRun() {
  const dir = await tempDir("mesh-home-");
  await seedControlStore(join(dir.path, "control"));
  const { code, out, err } = await mesh(["run", "--json"], {
    cwd: repository,
    env: { MESH_HOME: dir.path, ...sampleScale },
  });
  if (code !== 0) throw new Error(`mesh run ended with ${code}:\n${out}${err}`);
  return { root: dir.path, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}
