import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

const code = ["{platform,domains,gateway}/*/**", "{tools,bench,e2e}/**", "*.config"];
const extensions = "{ts,tsx,mts,js,mjs}";
// What the bench compares us with is a package of its own, with other versions of what we use too.
const left = new Set(["node_modules", "dist", ".turbo", "coverage", "bench/peers"]);

/**
 * The code and package manifests of the workspace.
 * @returns text by path from the root, with `/` on every platform
 */
export function readFiles(root: string): Map<string, string> {
  const patterns = [
    ...code.map((pattern) => (pattern.endsWith("**") ? `${pattern}/*.${extensions}` : `${pattern}.${extensions}`)),
    "package.json",
    "{platform,domains,gateway}/*/package.json",
  ];
  const paths = globSync(patterns, { cwd: root, exclude: (name) => left.has(name.replaceAll("\\", "/")) }).map((path) =>
    path.replaceAll("\\", "/"),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), "utf8")]));
}
