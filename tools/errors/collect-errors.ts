import { globSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { exampleOf } from "./example-error.ts";

/** One row of a package's table of errors, with its parameters shown by name. */
export interface ErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

export interface ErrorTable {
  /** Relative to the repository's root: `platform/slo/src/errors.ts`. */
  readonly file: string;
  /** Ordered by code. */
  readonly entries: readonly ErrorEntry[];
}

const patterns = ["platform/*/src/errors.ts", "gateway/*/src/errors.ts"];

/** Every table of errors of the repository. @throws Error naming each row that cannot be shown and each code used twice */
export async function collectErrors(root: string): Promise<ErrorTable[]> {
  const files = globSync(patterns, { cwd: root }).map((file) => file.replaceAll("\\", "/"));
  const tables: ErrorTable[] = [];
  for (const file of files.toSorted()) {
    tables.push({ file, entries: readTables(await import(pathToFileURL(join(root, file)).href), file) });
  }
  refuseTwins(tables);
  return tables;
}

type Factory = (params: unknown) => ErrorEntry;

function readTables(module: Readonly<Record<string, unknown>>, file: string): ErrorEntry[] {
  const factories = Object.values(module)
    .filter(isTable)
    .flatMap((table) => Object.entries(table));
  const entries = factories.map(([name, factory]) => {
    const example = exampleOf(factory);
    if (example === undefined)
      throw new Error(`${file}: no example of "${name}" can be shown; make its message simpler`);
    return example;
  });
  return entries.toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

function isTable(value: unknown): value is Record<string, Factory> {
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every((member) => typeof member === "function");
}

function refuseTwins(tables: readonly ErrorTable[]): void {
  const seen = new Map<string, string>();
  for (const { file, entries } of tables) {
    for (const { code } of entries) {
      const other = seen.get(code);
      if (other !== undefined) throw new Error(`${code} is defined in ${other} and again in ${file}`);
      seen.set(code, file);
    }
  }
}
