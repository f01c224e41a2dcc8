import { globSync, readFileSync } from "node:fs";
import type { Usage } from "../servers/probe.ts";

/** What the processes of a Postgres server use, which cannot tell it themselves. Nothing where there is no `/proc`. */
export class PostgresProcesses {
  readonly #postmaster: number;
  #before: PostgresTimes;

  /** @param postmaster process id of the server, the parent of all others */
  constructor(postmaster: number) {
    this.#postmaster = postmaster;
    this.#before = readProcesses(postmaster);
  }

  async reset(): Promise<void> {
    this.#before = readProcesses(this.#postmaster);
  }

  async usage(): Promise<Usage> {
    const { cpuMs, memoryBytes } = readProcesses(this.#postmaster);
    const peak = { peakMemoryBytes: memoryBytes, memoryBytes, longestStallMs: 0 };
    return { cpuMs: cpuMs - this.#before.cpuMs, scriptMs: 0, ...peak };
  }
}

interface PostgresTimes {
  /** Of all processes of the server since it started, those that have ended included. */
  readonly cpuMs: number;
  /** Their own memory, and once what they share. */
  readonly memoryBytes: number;
}

/** Linux counts in hundredths of a second. */
const tickMs = 10;

function readProcesses(postmaster: number): PostgresTimes {
  const children = globSync("/proc/[0-9]*/stat").flatMap((file) => {
    const fields = readStat(file);
    return Number(fields?.[1]) === postmaster ? [{ fields, status: readText(file.replace(/stat$/, "status")) }] : [];
  });
  const own = readStat(`/proc/${postmaster}/stat`);
  const ended = ticks(own, 13, 14);
  const cpuMs = (ended + ticks(own, 11, 12) + sum(children.map(({ fields }) => ticks(fields, 11, 12)))) * tickMs;
  const memoryBytes = sum(children.map(({ status }) => kibibytes(status, "RssAnon")));
  const shared = Math.max(0, ...children.map(({ status }) => kibibytes(status, "RssShmem")));
  return { cpuMs, memoryBytes: memoryBytes + shared };
}

/** The fields behind the program's name, which may hold spaces: state, parent, … */
function readStat(file: string): readonly string[] | undefined {
  const text = readText(file);
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Empty when the process has ended meanwhile. */
function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function ticks(fields: readonly string[] | undefined, ...places: readonly number[]): number {
  return sum(places.map((place) => Number(fields?.[place] ?? 0)));
}

function kibibytes(status: string, name: string): number {
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0);
}
