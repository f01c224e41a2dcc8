import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SampleOptions } from "@thoth/pipeline/domain";
import { seededRandom } from "@thoth/testing/random";

const twoYearsMs = 730 * 86_400_000;

/**
 * Two years of records, the newest changed at the present of the sample. As in a real export some lines are there twice:
 * every tenth record was corrected later. The same options always give the same bytes.
 */
export async function writeSample({ dir, seed, asOf, scale }: SampleOptions): Promise<void> {
  const random = seededRandom(`__domain__/${seed}`);
  const count = Math.max(50, Math.round(5_000 * scale));
  const lines = ["id,category,amount,changed_at"];
  for (let id = 1; id <= count; id++) {
    const category = random.pick(["first", "second", "third"]);
    const changedAt = asOf - ((count - id) / count) * twoYearsMs;
    const versions = id % 10 === 0 ? [changedAt - 3_600_000, changedAt] : [changedAt];
    for (const time of versions)
      lines.push([id, category, random.logNormal(40, 0.8).toFixed(2), new Date(time).toISOString()].join(","));
  }
  const file = join(dir, "__domain__", "records.csv");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${lines.join("\n")}\n`);
}
