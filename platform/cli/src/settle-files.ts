import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { GeneratedFile } from "@thoth/contract/generate-product";
import { cliError } from "./errors.ts";

export interface FileText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/**
 * Brings files up to date, or only tells whether they are. All are written aside before the first takes its place, so
 * that none is ever half-written, and a folder that cannot be written changes nothing.
 * @returns what became of each, in order
 * @throws MeshError `cli/not-writable`
 */
export function settleFiles(files: readonly FileText[], check: boolean): GeneratedFile["state"][] {
  const states = files.map(({ path: file, text }) => (readExisting(file) === text ? "current" : "stale"));
  if (check) return states;
  const stale = files.filter((_, index) => states[index] === "stale");
  const written: string[] = [];
  try {
    for (const { path: file, text } of stale) {
      attempt(file, () => {
        mkdirSync(path.dirname(file), { recursive: true });
        written.push(aside(file));
        writeFileSync(aside(file), text);
      });
    }
    for (const { path: file } of stale) attempt(file, () => renameSync(aside(file), file));
  } finally {
    for (const file of written) rmSync(file, { force: true });
  }
  return states.map((state) => (state === "stale" ? "written" : state));
}

function aside(file: string): string {
  return `${file}.${process.pid}.tmp`;
}

function attempt(file: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw cliError["not-writable"]({ file, reason }, { cause, at: { file } });
  }
}

function readExisting(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // what cannot be read is not what it should be; writing it says why
    return undefined;
  }
}
