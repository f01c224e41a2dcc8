import { tableStatement } from "@thoth/subgraph/file-columns";
import type { FileOutline } from "@thoth/subgraph/file-outline";
import { rowsOfGroup } from "@thoth/subgraph/file-parts";
import type { ExportSource, FileSources } from "@thoth/subgraph/served-files";
import type { ExportEngine } from "@thoth/warehouse/export-engine";
import { gatewayError } from "../errors.ts";
import { ExportStore, type OpenedExport } from "./export-store.ts";
import { openFile, planOver, type Reading, type ReadingParts } from "./file-answer.ts";
import type { FileChoice } from "./file-choice.ts";

/** Files that are made as a whole before they are sent, because they are read in parts. */
export interface ParquetFiles extends AsyncDisposable {
  /** @throws MeshError `gateway/export-elsewhere`, `gateway/export-too-large`, and those of reading and writing */
  open(choice: FileChoice, reading: Reading & { readonly charge: () => void }): Promise<OpenedExport<FileOutline>>;
}

export function parquetFiles(parts: ReadingParts): ParquetFiles {
  const { exports: source } = parts.sources;
  if (source === undefined) {
    const refuse = async () => {
      throw gatewayError["export-elsewhere"]({ format: "parquet" });
    };
    return { open: refuse, [Symbol.asyncDispose]: async () => undefined };
  }
  const store = new ExportStore<FileOutline>(source.dir, source.limitBytes);
  const engine = openedOnce(source);
  return {
    open: (choice, reading) => {
      const write = async (file: string, signal: AbortSignal) => {
        reading.charge();
        const found = await outlineOf(parts, choice, { ...reading, signal });
        await writeTable(await engine.get(), { choice, file, signal, rows: found.rows }, parts.sources);
        return found.outline;
      };
      return store.open(choice.etag.replaceAll('"', ""), write, reading.signal);
    },
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

async function outlineOf(parts: ReadingParts, choice: FileChoice, reading: Reading) {
  await using opened = await openFile(parts, choice, reading);
  const { plan, outline, look } = opened;
  return { outline, rows: await rowsOfGroup(plan, outline, look) };
}

interface Writing {
  readonly choice: FileChoice;
  readonly file: string;
  /** That are written together. */
  readonly rows: number;
  readonly signal: AbortSignal;
}

async function writeTable(
  engine: ExportEngine,
  { choice, file, rows, signal }: Writing,
  sources: FileSources,
): Promise<void> {
  const { snapshot } = choice;
  await using held = await engine.hold(snapshot, sources.shownAs?.(snapshot));
  await engine.writeParquet(file, tableStatement(planOver(choice, held)), { signal, rowsOfGroup: rows });
}

/** Most servers are never asked for such a file. */
function openedOnce({ open }: ExportSource) {
  let opened: Promise<ExportEngine> | undefined;
  return {
    get: () => {
      opened ??= open();
      return opened;
    },
    close: async () => {
      await (await opened)?.[Symbol.asyncDispose]();
    },
  };
}
