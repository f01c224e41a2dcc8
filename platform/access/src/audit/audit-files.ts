import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The files of one chain: `20260318T090000123Z-1f9c….0001.ndjson` and so on, and its head while it goes on. */
export interface ChainFiles {
  readonly writer: string;
  /** Numbers of its segments, ascending. */
  readonly segments: readonly number[];
  readonly hasHead: boolean;
}

export function auditDir(home: string): string {
  return join(home, "audit");
}

/** Chains in the order of their names begin in the order of time. */
export function newWriter(now: number): string {
  const time = new Date(now).toISOString().replace(/[-:.]/g, "");
  return `${time}-${randomBytes(6).toString("hex")}`;
}

/** @returns epoch ms; undefined for a name that no writer has */
export function beginningOf(writer: string): number | undefined {
  const [, day, hour, minute, second, ms] = /^(\d{8})T(\d{2})(\d{2})(\d{2})(\d{3})Z-/.exec(writer) ?? [];
  if (day === undefined) return undefined;
  const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`;
  const at = Date.parse(`${date}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(at) ? undefined : at;
}

export function segmentName(writer: string, number: number): string {
  return `${writer}.${String(number).padStart(4, "0")}.ndjson`;
}

export function headName(writer: string): string {
  return `${writer}.head`;
}

export const retentionName = "retention.json";
export const registerName = "register.json";

/** In the order in which they were begun. A folder that is not there has none. */
export async function listChains(folder: string): Promise<ChainFiles[]> {
  const chains = new Map<string, { segments: number[]; hasHead: boolean }>();
  for (const name of await namesIn(folder)) {
    const [, writer, number, head] = /^(\w+-[0-9a-f]{12})\.(?:(\d{4,})\.ndjson|(head))$/.exec(name) ?? [];
    if (writer === undefined) continue;
    const chain = chains.get(writer) ?? { segments: [], hasHead: false };
    chains.set(writer, chain);
    if (number !== undefined) chain.segments.push(Number(number));
    if (head !== undefined) chain.hasHead = true;
  }
  return [...chains]
    .map(([writer, { segments, hasHead }]) => ({ writer, segments: segments.sort((a, b) => a - b), hasHead }))
    .sort((a, b) => (a.writer < b.writer ? -1 : 1));
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
