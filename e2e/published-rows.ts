import { join } from "node:path";
import { readSnapshot } from "@thoth/testing/test-mesh";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { SmallProject } from "./small-project.ts";

/** The rows that a project serves of its one product, read as any reader would; costs no process. */
export async function countPublished({ root }: SmallProject): Promise<number> {
  const folder = join(root, "var/snapshots");
  const [snapshot] = await readCurrentSnapshots(folder);
  if (snapshot === undefined) throw new Error(`nothing is published in ${folder}`);
  return (await readSnapshot(folder, snapshot)).length;
}
