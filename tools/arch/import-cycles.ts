import type { Violation } from "./violation.ts";
import type { SourceFile, Workspace } from "./workspace.ts";

/** Files that wait for each other when they are loaded. Imports of types alone are gone by then and do not count. */
export function findImportCycles({ files }: Workspace): Violation[] {
  const graph = new Map([...files.values()].map((file) => [file.path, loadedBy(file, files)]));
  return knots(graph).map((knot) => {
    const [first = ""] = knot;
    return { rule: "import-cycle", file: first, message: [...shortestLoop(first, graph), first].join(" → ") };
  });
}

function loadedBy(file: SourceFile, files: ReadonlyMap<string, SourceFile>): string[] {
  return file.imports.flatMap(({ typeOnly, target }) =>
    !typeOnly && target.kind === "workspace" && files.has(target.file) ? [target.file] : [],
  );
}

type Graph = ReadonlyMap<string, readonly string[]>;

/** Groups of files in which each reaches all others: a file that reaches itself, with everything on the way there and back. */
function knots(graph: Graph): string[][] {
  const reach = new Map([...graph.keys()].map((path) => [path, reachedFrom(path, graph)]));
  const found = new Map<string, string[]>();
  for (const [path, reached] of reach) {
    if (!reached.has(path)) continue;
    const knot = [...reached].filter((other) => reach.get(other)?.has(path)).sort();
    found.set(knot.join("\n"), knot);
  }
  return [...found.values()];
}

function reachedFrom(start: string, graph: Graph): Set<string> {
  const reached = new Set<string>();
  const queue = [...(graph.get(start) ?? [])];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...(graph.get(path) ?? []));
  }
  return reached;
}

/** The files from `start` to the one that imports it again, without detours. */
function shortestLoop(start: string, graph: Graph): string[] {
  const paths: string[][] = [[start]];
  const seen = new Set<string>();
  for (const path of paths) {
    const last = path.at(-1) ?? start;
    for (const next of graph.get(last) ?? []) {
      if (next === start) return path;
      if (!seen.has(next)) paths.push([...path, next]);
      seen.add(next);
    }
  }
  return [start];
}
