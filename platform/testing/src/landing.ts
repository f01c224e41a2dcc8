import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ControlPlane } from "@thoth/control/open-control";
import type { Source, Stream } from "@thoth/ingest/connector";
import { type LandResult, landStream } from "@thoth/ingest/land";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { tempDir } from "./temp-dir.ts";

/** A source folder and a write side, for trying connectors on real files. */
export interface Landing extends AsyncDisposable {
  readonly sourcesDir: string;
  readonly engine: WriteSide;
  /** Writes a file of the source, or removes it when the content is undefined. */
  file(name: string, content: string | undefined): Promise<void>;
  /** Lands one stream; every call is a run of its own, `run-1`, `run-2`, … */
  land(
    stream: Stream,
    options?: { readonly full?: boolean; readonly signal?: AbortSignal; readonly now?: number },
  ): Promise<LandResult>;
  query(sql: string): Promise<SqlRow[]>;
}

export interface LandingOptions {
  readonly control?: ControlPlane;
  /** Folder with `contracts/`; none is needed for files. */
  readonly root?: string;
  readonly now?: number;
  /** An existing folder to read from; a new empty one unless given. */
  readonly sourcesDir?: string;
  /** Where the collector keeps the domain's events; it has none unless given. */
  readonly collectedDir?: string;
}

export async function openLanding(options: LandingOptions = {}): Promise<Landing> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const sourcesDir = options.sourcesDir ?? join(dir.path, "sources");
  await mkdir(sourcesDir, { recursive: true });
  const warehouse = {
    file: join(dir.path, "landing.duckdb"),
    tmpDir: join(dir.path, "spill"),
    pseudonymKey: "a key for tests",
  };
  const engine = stack.use(await openWriteSide(warehouse));
  const resources = stack.move();
  let runs = 0;
  return {
    sourcesDir,
    engine,
    async file(name, content) {
      const file = join(sourcesDir, name);
      await mkdir(dirname(file), { recursive: true });
      await (content === undefined ? rm(file) : writeFile(file, content));
    },
    land(stream, { full = false, signal = new AbortController().signal, now = options.now } = {}) {
      const source: Source = { name: "source", kind: "test", description: "", streams: [stream] };
      const control = options.control ?? unusedControl;
      const { root = dir.path, collectedDir } = options;
      return landStream(source, stream, {
        engine,
        sourcesDir,
        ...(collectedDir !== undefined && { collectedDir }),
        root,
        control,
        signal,
        now: now ?? Date.UTC(2027, 0, 1),
        full,
        runId: `run-${++runs}`,
      });
    },
    query: (sql) => engine.query(sql),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Files need no control plane; a connector that asks for one all the same fails with what it asked. */
const unusedControl = new Proxy({} as ControlPlane, {
  get: (_target, name) => {
    throw new Error(`this landing has no control plane, and ${String(name)} was asked of it`);
  },
});
