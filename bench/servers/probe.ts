import { readFileSync, writeFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { type Profile, startProfile } from "./profile.ts";

/** What a server process has used since the last reset. */
export interface Usage {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  /** Of that, the thread that runs JavaScript. */
  readonly scriptMs: number;
  readonly peakMemoryBytes: number;
  /** What it holds at this moment. */
  readonly memoryBytes: number;
  /** Longest time in which the event loop did not come round. */
  readonly longestStallMs: number;
}

/** What another program may ask of a server; all else is the server's own. */
export type ProbeRequest = "reset" | "read" | "start-profile" | "end-profile";

/**
 * Tells the process that started this one where it serves, then answers how much it uses. Ends with that process.
 * @param answer what else this server does when it is told to
 */
export function announce(url: string, answer?: (request: unknown) => Promise<unknown>): void {
  const own = probeAnswers();
  process.on("message", async (request: unknown) => {
    const work = typeof request === "string" && request in own ? own[request as ProbeRequest] : answer;
    process.send?.((await work?.(request)) ?? null);
  });
  process.on("disconnect", () => process.exit(0));
  process.send?.({ url });
}

function probeAnswers(): Record<ProbeRequest, () => Promise<Usage | Profile | undefined>> {
  const probe = startProbe();
  let endProfile: (() => Promise<Profile>) | undefined;
  return {
    reset: async () => probe.reset(),
    read: async () => probe.read(),
    "start-profile": async () => {
      endProfile = await startProfile();
      return undefined;
    },
    "end-profile": async () => endProfile?.(),
  };
}

const resolutionMs = 5;

function startProbe(): { reset(): undefined; read(): Usage } {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let cpu = process.cpuUsage();
  let script = process.threadCpuUsage();
  return {
    reset() {
      delay.reset();
      resetPeakMemory();
      cpu = process.cpuUsage();
      script = process.threadCpuUsage();
    },
    read() {
      return {
        cpuMs: milliseconds(process.cpuUsage(cpu)),
        scriptMs: milliseconds(process.threadCpuUsage(script)),
        peakMemoryBytes: peakMemory(),
        memoryBytes: process.memoryUsage.rss(),
        longestStallMs: Math.max(0, delay.max / 1e6 - resolutionMs),
      };
    },
  };
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

/** Linux forgets the peak when asked to; elsewhere it is the peak since the process started. */
function resetPeakMemory(): void {
  if (process.platform === "linux") writeFileSync("/proc/self/clear_refs", "5");
}

function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}
