import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Domain } from "@thoth/pipeline/domain";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import { SerialQueue } from "@thoth/warehouse/serial-queue";
import type { Effects } from "./effects.ts";
import { cliError } from "./errors.ts";
import type { Settings } from "./settings.ts";
import { writeSample } from "./write-sample.ts";

interface SampleMark {
  readonly seed: number;
  readonly scale: number;
  /** ISO time. */
  readonly asOf: string;
  readonly domains: readonly string[];
}

export interface SampleDataOptions {
  readonly settings: Settings;
  readonly effects: Effects;
  /** Writes one domain's sample; in a thread of its own unless given. */
  readonly write?: typeof writeSample;
}

/**
 * Writes the sample of each of the domains that has one and is not written yet. Real sources (`MESH_SOURCES`) are never
 * touched. All domains see the same instant, so that their worlds fit together.
 * @throws MeshError `cli/sample-mark`, `cli/sample-failed`
 */
export async function ensureSampleData(
  domains: readonly Domain[],
  { sourcesDir }: MeshHome,
  { settings, effects, write = writeSample }: SampleDataOptions,
): Promise<void> {
  if (settings.sourcesDir !== undefined) return;
  const file = path.join(sourcesDir, ".sample.json");
  let mark = (await readMark(file)) ?? newMark(settings, effects);
  const missing = domains.filter(({ name, sample }) => sample !== undefined && !mark.domains.includes(name));
  if (missing.length === 0) return;
  // Noted before as well: a sample that was cut short is written again over the same files, as of the same instant.
  await writeMark(file, mark);
  const { seed, scale, asOf } = mark;
  const options = { dir: sourcesDir, seed, scale, asOf: Date.parse(asOf) };
  const marking = new SerialQueue();
  const written = await Promise.allSettled(
    missing.map(async (domain) => {
      effects.err(`writing sample data of ${domain.name} as of ${asOf.slice(0, 10)}\n`);
      await write(domain, options, effects.signal);
      mark = { ...mark, domains: [...mark.domains, domain.name] };
      await marking.run(() => writeMark(file, mark));
    }),
  );
  for (const result of written) if (result.status === "rejected") throw result.reason;
}

async function writeMark(file: string, mark: SampleMark): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(mark, null, 2)}\n`);
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
