import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { sampleError } from "./errors.ts";

/** Written last: a folder without it is not a finished sample. */
export const sampleMarker = "sample.json";

const asideSuffix = ".writing";

/**
 * Fills `<dir>/<name>` all or nothing: written aside, marked complete, then renamed over an older sample.
 * @param fill gets the folder to write to and returns what the marker says
 * @throws MeshError `ontrack-sample/would-overwrite` when the folder holds something else than a sample
 */
export async function replaceSampleFolder(
  dir: string,
  name: string,
  fill: (folder: string) => Promise<object>,
): Promise<void> {
  const target = path.join(dir, name);
  const aside = path.join(dir, `.${name}${asideSuffix}`);
  await refuseForeign(target);
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true });
  try {
    const marker = await fill(aside);
    await writeFile(path.join(aside, sampleMarker), `${JSON.stringify(marker, undefined, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function refuseForeign(target: string): Promise<void> {
  if (!existsSync(target) || existsSync(path.join(target, sampleMarker))) return;
  const found = await readdir(target);
  if (found.length > 0) throw sampleError["would-overwrite"]({ folder: target }, { at: { file: target } });
}
