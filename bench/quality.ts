import { seededRandom } from "@thoth/testing/random";
import { openTestMesh } from "@thoth/testing/test-mesh";
import { plantFaults } from "./quality/planted-faults.ts";
import { auditExport, dailyExport, domains, sampleSubmissions } from "./quality/quality-world.ts";
import { add, nothing, precision, recall, type Tally, tally } from "./quality/score.ts";

export interface QualityTrial {
  readonly days: number;
  /** Days without faults before the first one that may have some. */
  readonly calmDays: number;
  readonly rows: number;
  readonly seed: string;
  /** Of the sample world that the rows come from. */
  readonly scale: number;
  readonly onDay?: (line: string) => void;
}

export interface QualityScore {
  readonly all: Tally;
  /** By the first check that tells of the fault: how many were planted and found. */
  readonly byFault: ReadonlyMap<string, { readonly planted: number; readonly found: number }>;
}

const dayMs = 86_400_000;
/** Both must be reached. */
export const target = 0.9;

/** Plants seeded faults into daily exports of sample data, runs the pipeline and compares what it reports with them. */
export async function scoreQuality({ days, calmDays, rows, seed, scale, onDay }: QualityTrial): Promise<QualityScore> {
  const random = seededRandom(seed);
  const pool = await sampleSubmissions(scale);
  await using world = await openTestMesh(domains);
  const tasks = [...new Set(pool.map(({ task }) => task))];
  await world.source("work.csv", `id\n${tasks.join("\n")}\n`);
  await world.run({ only: "register" });
  let all = nothing;
  const byFault = new Map<string, { planted: number; found: number }>();
  for (let day = 0; day < days; day += 1) {
    world.advance(dayMs);
    const clean = dailyExport(pool, rows, world.mesh.clock(), random);
    const { rows: given, planted } = day < calmDays ? { rows: clean, planted: [] } : plantFaults(clean, random);
    const reported = await auditExport(world, given);
    all = add(all, tally(planted, reported));
    for (const fault of planted) {
      const [name = ""] = fault.checks;
      const before = byFault.get(name) ?? { planted: 0, found: 0 };
      const { found } = tally([fault], reported);
      byFault.set(name, { planted: before.planted + 1, found: before.found + found });
    }
    const wrong = reported.filter((report) => tally(planted, [report]).true === 0).map(({ check }) => check);
    onDay?.(
      `day ${day + 1}: ${planted.length} planted, ${reported.length} reported${wrong.length > 0 ? `, not planted: ${wrong.join(", ")}` : ""}`,
    );
  }
  return { all, byFault };
}

/** @returns whether recall and precision are both good enough */
export async function benchQuality(args: readonly string[]): Promise<boolean> {
  const json = args.includes("--json");
  const trial = { days: 80, calmDays: 10, rows: 2_000, seed: "quality", scale: 0.02 };
  const { all, byFault } = await scoreQuality({ ...trial, ...(!json && { onDay: console.log }) });
  const [found, right] = [recall(all), precision(all)];
  if (json)
    console.log(JSON.stringify({ ...all, recall: found, precision: right, byFault: Object.fromEntries(byFault) }));
  else {
    for (const [fault, each] of byFault) console.log(`${fault.padEnd(34)} ${each.found} of ${each.planted} found`);
    console.log(
      `recall ${found.toFixed(3)} (${all.found} of ${all.planted}), precision ${right.toFixed(3)} (${all.true} of ${all.reported}); at least ${target} each`,
    );
  }
  return found >= target && right >= target;
}
