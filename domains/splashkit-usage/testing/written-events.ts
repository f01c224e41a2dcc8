import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { TelemetryEvent } from "../sample/telemetry-event.ts";

/** Every telemetry event under a sources folder, with the copies, in the order of the files. */
export async function readWrittenEvents(sourcesDir: string): Promise<TelemetryEvent[]> {
  const texts = await readTree(path.join(sourcesDir, "splashkit/events"));
  return [...texts.values()].flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as TelemetryEvent),
  );
}

/** Contents by file name, in name order. */
export async function readTree(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const texts = files
    .toSorted()
    .map(async (file) => [path.relative(folder, file), await readFile(file, "utf8")] as const);
  return new Map(await Promise.all(texts));
}

/** Rows of a CSV file without quotes, by column name. */
export async function readCsv(file: string): Promise<Readonly<Record<string, string>>[]> {
  const [header = "", ...lines] = (await readFile(file, "utf8")).trimEnd().split("\n");
  const names = header.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
  });
}
