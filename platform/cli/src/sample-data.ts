import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Domain } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import type { Settings } from "./settings.ts";

interface SampleMark {
  readonly seed: number;
  readonly scale: number;
  /** ISO time. */
  readonly asOf: string;
  readonly domains: readonly string[];
}

/**
 * Writes the sample of each of the domains that has one and is not written yet. Real sources (`MESH_SOURCES`) are never
 * touched. All domains see the same instant, so that their worlds fit together.
 * @throws MeshError `cli/sample-mark`, `cli/usage` when `MESH_SAMPLE_AS_OF` is no time
 */
export async function ensureSampleData(
  domains: readonly Domain[],
  { sourcesDir }: MeshHome,
  { settings, effects }: { readonly settings: Settings; readonly effects: Effects },
): Promise<void> {
  if (settings.sourcesDir !== undefined) return;
  const file = path.join(sourcesDir, ".sample.json");
  let mark = (await readMark(file)) ?? newMark(settings, effects);
  for (const domain of domains) {
    if (domain.sample === undefined || mark.domains.includes(domain.name)) continue;
    effects.signal.throwIfAborted();
    effects.err(`writing sample data of ${domain.name} as of ${mark.asOf.slice(0, 10)}\n`);
    const { writeSample } = await domain.sample();
    await writeSample({ dir: sourcesDir, seed: mark.seed, scale: mark.scale, asOf: Date.parse(mark.asOf) });
    mark = { ...mark, domains: [...mark.domains, domain.name] };
    await mkdir(sourcesDir, { recursive: true });
    await writeFile(file, `${JSON.stringify(mark, null, 2)}\n`);
  }
}

function newMark({ sample }: Settings, effects: Effects): SampleMark {
  const { seed, scale, asOf = effects.now() } = sample;
  return { seed, scale, asOf: new Date(asOf).toISOString(), domains: [] };
}

async function readMark(file: string): Promise<SampleMark | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    const mark = JSON.parse(await readFile(file, "utf8")) as SampleMark;
    if (Array.isArray(mark.domains) && !Number.isNaN(Date.parse(mark.asOf))) return mark;
  } catch (cause) {
    throw cliError["sample-mark"]({ file }, { at: { file }, cause });
  }
  throw cliError["sample-mark"]({ file }, { at: { file } });
}
