import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EventQueue, longestQueue } from "./event-queue.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";

/**
 * One file an event in a folder, so that several programs can share it. Written at once, also while the process ends; a
 * disk that refuses costs the event, never the program.
 */
export function spoolQueue(folder: string): EventQueue {
  const names = () =>
    quietly(() => readdirSync(folder), [])
      .filter((name) => name.endsWith(".json"))
      .sort();
  const drop = (name: string) => quietly(() => rmSync(join(folder, name), { force: true }), undefined);
  return {
    add(event) {
      for (const name of names().slice(0, -(longestQueue - 1))) drop(name);
      quietly(() => {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const file = join(folder, `${event.time.replaceAll(":", "-")}_${event.id}.json`);
        writeFileSync(`${file}.tmp`, JSON.stringify(event), { mode: 0o600 });
        renameSync(`${file}.tmp`, file);
      }, undefined);
    },
    list: () =>
      names().flatMap((name) =>
        quietly(() => [JSON.parse(readFileSync(join(folder, name), "utf8")) as TelemetryEvent], []),
      ),
    remove(ids) {
      const gone = new Set(ids);
      for (const name of names()) if (gone.has(name.slice(name.indexOf("_") + 1, -".json".length))) drop(name);
    },
  };
}

function quietly<Result>(work: () => Result, otherwise: Result): Result {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
