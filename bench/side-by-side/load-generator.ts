import { HttpConnection, jsonPost } from "../servers/http-connection.ts";

/** What one cell of the table asks of a server. */
export interface LoadOrder {
  readonly url: string;
  /** Asked in turns. */
  readonly bodies: readonly string[];
  /** How many requests are in flight at a time. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** Asked even when they take longer than that. */
  readonly minRequests: number;
  readonly maxRequests: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  /** How one of the failures answered. */
  readonly failure: string | undefined;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one answer, mean. */
  readonly bytes: number;
}

/** The process that asks: each connection waits for its answer, then asks the next question. */
process.on("message", async (order: LoadOrder) => {
  process.send?.(await generateLoad(order));
});
process.on("disconnect", () => process.exit(0));

async function generateLoad(order: LoadOrder): Promise<LoadResult> {
  const { url, bodies, concurrency, durationMs, minRequests, maxRequests } = order;
  const target = new URL(url);
  const requests = bodies.map((body) => jsonPost(target, body));
  const times: number[] = [];
  const failures: string[] = [];
  let [next, bytes] = [0, 0];
  const startedAt = performance.now();
  const client = async () => {
    const connection = new HttpConnection(target);
    do {
      const request = requests[next++ % requests.length] as Buffer;
      const askedAt = performance.now();
      try {
        const answer = await connection.ask(request);
        const start = answer.body.slice(0, 200);
        if (answer.status !== 200 || start.includes('"errors"')) failures.push(`${answer.status} ${start}`);
        bytes += answer.bytes;
      } catch (error) {
        failures.push(String(error));
      }
      times.push(performance.now() - askedAt);
    } while (next < minRequests || (performance.now() - startedAt < durationMs && next < maxRequests));
    connection.close();
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  const elapsedMs = performance.now() - startedAt;
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return {
    requests: sorted.length,
    failures: failures.length,
    failure: failures[0],
    elapsedMs,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    bytes: bytes / sorted.length,
  };
}
