import { type EventQueue, memoryQueue } from "./event-queue.ts";
import type { Session } from "./session.ts";
import { type KeyedStorage, storageQueue } from "./storage-queue.ts";
import { createTelemetry, type Telemetry, type TelemetryEffects, type TelemetryOptions } from "./telemetry.ts";
import { splitBatches } from "./telemetry-event.ts";

export interface BrowserTelemetryOptions
  extends Omit<TelemetryOptions, "queue" | "effects" | "doNotTrack" | "key" | "dataclassification" | "onSession"> {
  /** A publishable one: whoever reads the page can read it too. */
  readonly key: string;
  /** The page; its own window unless given. */
  readonly page?: Page;
}

/** As much of a window as is needed. */
export interface Page {
  readonly navigator: {
    readonly doNotTrack?: string | null;
    readonly globalPrivacyControl?: boolean;
    sendBeacon(url: string, body: string): boolean;
  };
  /** Throws where pages may not store anything. */
  readonly localStorage: KeyedStorage;
  addEventListener(type: "pagehide" | "online", listener: () => void): void;
}

/**
 * For pages: off unless switched on and agreed to, and always off when the browser asks not to be tracked. Events wait in
 * localStorage until they are acknowledged. A page that goes away hands them to the browser as a beacon; nobody learns
 * whether it arrived, so the next page sends them again, and the collector knows them.
 */
export function browserTelemetry({ page = ownPage(), ...options }: BrowserTelemetryOptions): Telemetry {
  const { doNotTrack, globalPrivacyControl } = page.navigator;
  const wishes = { doNotTrack: globalPrivacyControl === true ? true : doNotTrack };
  const sessions: Session[] = [];
  const telemetry = createTelemetry({
    ...options,
    ...wishes,
    queue: queueOf(page, options.source),
    effects: browserEffects,
    onSession: (session) => sessions.push(session),
  });
  if (!telemetry.active) return telemetry;
  page.addEventListener("pagehide", () => {
    for (const session of sessions) session.flush();
    sendBeacons(telemetry, options, page);
  });
  page.addEventListener("online", () => void telemetry.flush());
  return telemetry;
}

/** A beacon has no headers: the address says that it is a batch, and carries the key, which is public. */
function sendBeacons(telemetry: Telemetry, { endpoint, key }: BrowserTelemetryOptions, page: Page): void {
  const url = new URL("/events/beacon", endpoint);
  url.searchParams.set("key", key);
  for (const batch of splitBatches(telemetry.waiting()).batches)
    if (!page.navigator.sendBeacon(url.href, JSON.stringify(batch))) return;
}

function queueOf(page: Page, source: string): EventQueue {
  try {
    return storageQueue(page.localStorage, source);
  } catch {
    return memoryQueue();
  }
}

function ownPage(): Page {
  return globalThis as unknown as Page;
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

const browserEffects: TelemetryEffects = {
  fetch: (...request) => fetch(...request),
  now: Date.now,
  // randomUUID is only for pages of secure origins.
  randomId: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), hexadecimal).join(""),
  random: Math.random,
  schedule(work, afterMs) {
    const timer = setTimeout(work, afterMs);
    return () => clearTimeout(timer);
  },
};
