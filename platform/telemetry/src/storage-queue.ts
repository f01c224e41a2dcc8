import { type EventQueue, longestQueue } from "./event-queue.ts";
import type { TelemetryEvent } from "./telemetry-event.ts";

/** As much of `localStorage` as is needed. */
export interface KeyedStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** One item an event, so that several pages of one origin can add and remove at the same time. */
export function storageQueue(storage: KeyedStorage, source: string): EventQueue {
  const prefix = `thoth-telemetry:${source}:`;
  const keys = () =>
    Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "")
      .filter((key) => key.startsWith(prefix))
      .sort();
  return {
    add(event) {
      for (const key of keys().slice(0, -(longestQueue - 1))) storage.removeItem(key);
      try {
        storage.setItem(`${prefix}${event.time}:${event.id}`, JSON.stringify(event));
      } catch {
        // The storage is full: of two events that cannot both be kept, the older one is worth less.
        const [oldest] = keys();
        if (oldest !== undefined) storage.removeItem(oldest);
      }
    },
    list: () => keys().flatMap((key) => parse(storage.getItem(key))),
    remove(ids) {
      const gone = new Set(ids);
      for (const key of keys()) if (gone.has(key.slice(key.lastIndexOf(":") + 1))) storage.removeItem(key);
    },
  };
}

/** What somebody else wrote under our name is no event. */
function parse(text: string | null): TelemetryEvent[] {
  try {
    const event = JSON.parse(text ?? "null") as TelemetryEvent | null;
    return typeof event?.id === "string" ? [event] : [];
  } catch {
    return [];
  }
}
