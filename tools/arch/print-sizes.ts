import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readFiles } from "./read-files.ts";

/** Prints how large files are and which files and functions are a smell. It only reports: the exit code is 0. */
const root = join(import.meta.dirname, "../..");
const sizeRules = ["complexity/noExcessiveLinesPerFunction", "style/noExcessiveLinesPerFile"];

interface Diagnostic {
  readonly category: string;
  readonly message: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

/** Tables of tests may be long, and nobody reads generated files. */
const isCode = (path: string) => !/\.json$|\.(test|suite)\.ts$|\/(fixtures|generated)\//.test(path);

function largeOnes(): readonly Diagnostic[] {
  const biome = join(dirname(createRequire(import.meta.url).resolve("@biomejs/biome/package.json")), "bin/biome");
  const only = sizeRules.map((rule) => `--only=${rule}`);
  const args = [biome, "lint", ...only, "--reporter=json", "--max-diagnostics=none"];
  const { stdout, error } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  if (error) throw error;
  const { diagnostics }: { diagnostics: readonly Diagnostic[] } = JSON.parse(stdout);
  return diagnostics.filter(
    ({ category, location }) => sizeRules.includes(category.slice("lint/".length)) && isCode(location.path),
  );
}

function describeSizes(sizes: readonly number[]): string {
  const sorted = sizes.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return `${sizes.length} code files: median ${at(0.5)} lines, nine of ten up to ${at(0.9)}, largest ${at(1)}`;
}

const code = [...readFiles(root)].filter(([path]) => isCode(path));
const large = largeOnes();
console.log(`sizes: ${describeSizes(code.map(([, text]) => text.split("\n").length - 1))}`);
console.log(`       ${large.length} files or functions are larger than they should be${large.length > 0 ? ":" : ""}`);
for (const { location, message } of large) console.log(`  ${location.path}:${location.start.line} ${message}`);
