import type { Profiler, Runtime } from "node:inspector";
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Where the JavaScript thread of a process has spent its time. Shares are of the time measured, 0..1. */
export interface Profile {
  readonly idleShare: number;
  /** Functions by the time in themselves, the longest first. */
  readonly functions: readonly { readonly name: string; readonly share: number }[];
}

/** Functions that a profile tells of. */
const told = 6;
const leastShare = 0.005;

const intervalMicroseconds = 200;

/** @returns ends the profile */
export async function startProfile(): Promise<() => Promise<Profile>> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: intervalMicroseconds });
  await session.post("Profiler.start");
  return async () => {
    const { profile } = await session.post("Profiler.stop");
    session.disconnect();
    return summarise(profile);
  };
}

function summarise({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Profile {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  // Starting a profile takes its own time, which is no server's.
  const own = new Set(nodes.flatMap(({ id, callFrame }) => (callFrame.url === "node:inspector" ? [id] : [])));
  const times = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    if (own.has(id)) continue;
    const name = names.get(id) ?? "";
    times.set(name, (times.get(name) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0) || 1;
  const shares = [...times].map(([name, time]) => ({ name, share: time / total }));
  const busy = shares
    .filter(({ name, share }) => name !== idle && share >= leastShare)
    .sort((a, b) => b.share - a.share);
  return { idleShare: shares.find(({ name }) => name === idle)?.share ?? 0, functions: busy.slice(0, told) };
}

const idle = "(idle)";

const root = pathToFileURL(join(import.meta.dirname, "../../")).href;

/** `readRows (platform/warehouse/src/read-values.ts)` */
function nameOf({ functionName, url }: Runtime.CallFrame): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const place = url.includes("/node_modules/") ? url.replace(/^.*\/node_modules\//, "") : url.replace(root, "");
  return `${name} (${place})`;
}
