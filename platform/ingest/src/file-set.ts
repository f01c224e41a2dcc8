import { glob, stat } from "node:fs/promises";
import path from "node:path";
import type { Place } from "@thoth/kernel/mesh-error";
import type { Checkpoint, ReadContext } from "./connector.ts";
import { ingestError } from "./errors.ts";

/** One file of a source as it stood when the run looked. */
export interface SourceFile {
  /** Relative to the sources folder, with `/`: what lands in `_source` and in the checkpoint. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** Epoch ms, whole. */
  readonly modifiedAt: number;
}

export interface FileSet {
  readonly all: readonly SourceFile[];
  /** Files that the checkpoint does not know or knows with another size or time. */
  readonly changed: readonly SourceFile[];
  /** Names among `changed` that were loaded before. */
  readonly known: readonly string[];
  /** Names that were loaded before and are not there any more. */
  readonly gone: readonly string[];
}

type Seen = Record<string, { readonly sizeBytes: number; readonly modifiedAt: number }>;

/** Lists the files that match a pattern under the sources folder, in name order, and what is new about them. */
export async function findFiles(pattern: string, stream: string, context: ReadContext): Promise<FileSet> {
  const all = await listFiles(pattern, context.sourcesDir);
  if (all.length === 0) {
    const at = { file: path.join(context.sourcesDir, pattern) };
    throw ingestError["no-files"]({ pattern, folder: context.sourcesDir, stream }, { at });
  }
  const seen = (context.checkpoint?.files ?? {}) as Seen;
  const changed = all.filter((file) => {
    const before = seen[file.name];
    return before === undefined || before.sizeBytes !== file.sizeBytes || before.modifiedAt !== file.modifiedAt;
  });
  const there = new Set(all.map(({ name }) => name));
  return {
    all,
    changed,
    known: changed.filter((file) => seen[file.name] !== undefined).map((file) => file.name),
    gone: Object.keys(seen).filter((name) => !there.has(name)),
  };
}

/** Where a failure lies that the engine does not place: the file, or what is first of several. */
export function placeOfFiles(files: readonly SourceFile[]): Place {
  const [first] = files;
  if (first === undefined) return {};
  return { file: files.length === 1 ? first.path : `${first.path} and ${files.length - 1} others` };
}

/** The checkpoint after `loaded` became durable, on top of the one before. */
export function fileCheckpoint(before: Checkpoint | undefined, loaded: readonly SourceFile[]): Checkpoint {
  const files: Seen = { ...((before?.files ?? {}) as Seen) };
  for (const { name, sizeBytes, modifiedAt } of loaded) files[name] = { sizeBytes, modifiedAt };
  return { files };
}

async function listFiles(pattern: string, folder: string): Promise<SourceFile[]> {
  const names: string[] = [];
  for await (const name of glob(pattern, { cwd: folder })) names.push(name.split(path.sep).join("/"));
  const files = await Promise.all(
    names.sort().map(async (name) => {
      const file = path.join(folder, name);
      const { size, mtimeMs } = await stat(file);
      return { name, path: file, sizeBytes: size, modifiedAt: Math.floor(mtimeMs) };
    }),
  );
  return files;
}
