import type { TelemetryEvent } from "./telemetry-event.ts";

/** Events that have not been acknowledged, where the next start finds them. Whoever shares the place shares the events. */
export interface EventQueue {
  add(event: TelemetryEvent): void;
  /** Oldest first. */
  list(): readonly TelemetryEvent[];
  remove(ids: readonly string[]): void;
}

/** Most events that wait; the oldest give way. */
export const longestQueue = 500;

/** For where nothing can be kept. */
export function memoryQueue(): EventQueue {
  const events = new Map<string, TelemetryEvent>();
  return {
    add(event) {
      events.set(event.id, event);
      const [oldest] = events.keys();
      if (events.size > longestQueue && oldest !== undefined) events.delete(oldest);
    },
    list: () => [...events.values()],
    remove: (ids) => {
      for (const id of ids) events.delete(id);
    },
  };
}
