import type { TelemetryEvent } from "./telemetry-event.ts";

/** What became of a batch: taken, never to be taken, or to be sent again. */
export type Sending =
  | { readonly kind: "done" }
  | { readonly kind: "refused" }
  /** `afterMs`: as the server asks; undefined when it does not say. */
  | { readonly kind: "again"; readonly afterMs: number | undefined };

export interface Destination {
  /** Of the collector: `https://mesh.example.org`. */
  readonly endpoint: string;
  readonly key: string | undefined;
}

export interface SendEffects {
  readonly fetch: typeof fetch;
  /** Epoch ms. */
  readonly now: () => number;
}

/** How long a server may take to answer, milliseconds. */
const timeoutMs = 10_000;

export async function sendBatch(
  events: readonly TelemetryEvent[],
  { endpoint, key }: Destination,
  effects: SendEffects,
): Promise<Sending> {
  try {
    const response = await effects.fetch(new URL("/events", endpoint), {
      method: "POST",
      headers: {
        "content-type": "application/cloudevents-batch+json",
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(events),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.arrayBuffer();
    return judgeAnswer(response.status, response.headers.get("retry-after"), effects.now());
  } catch {
    return { kind: "again", afterMs: undefined };
  }
}

const again: readonly number[] = [429, 502, 503, 504];

/**
 * @param retryAfter header: seconds, or a date
 * @param now epoch ms
 */
export function judgeAnswer(status: number, retryAfter: string | null, now: number): Sending {
  if (status >= 200 && status < 300) return { kind: "done" };
  if (!again.includes(status)) return { kind: "refused" };
  const seconds = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  const until = seconds === undefined ? Date.parse(retryAfter ?? "") - now : seconds * 1000;
  return { kind: "again", afterMs: Number.isNaN(until) ? undefined : Math.max(0, until) };
}
