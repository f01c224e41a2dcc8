/** A CloudEvent as it is sent: its id stays the same however often it is. */
export interface TelemetryEvent {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly dataclassification: "public" | "internal";
  /** Position in its session, as text that sorts. */
  readonly sequence: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** That a person agreed, to which text, and when. */
export interface Consent {
  readonly version: string;
  /** ISO 8601. */
  readonly granted_at: string;
}

/** Largest body of a request, bytes. */
export const largestPayload = 32 * 1024;

const encoder = new TextEncoder();

export function sizeOf(text: string): number {
  return encoder.encode(text).length;
}

/**
 * Groups of events whose JSON array fits into a request each, in their order. An event that fits into none is in `tooLarge`.
 */
export function splitBatches(events: readonly TelemetryEvent[]): {
  readonly batches: readonly (readonly TelemetryEvent[])[];
  readonly tooLarge: readonly TelemetryEvent[];
} {
  const batches: TelemetryEvent[][] = [];
  const tooLarge: TelemetryEvent[] = [];
  let room = 0;
  for (const event of events) {
    // With the comma or bracket before it; the one behind the last is in the room.
    const bytes = sizeOf(JSON.stringify(event)) + 1;
    if (bytes >= largestPayload) {
      tooLarge.push(event);
      continue;
    }
    if (bytes > room) {
      batches.push([]);
      room = largestPayload - 1;
    }
    batches.at(-1)?.push(event);
    room -= bytes;
  }
  return { batches, tooLarge };
}
