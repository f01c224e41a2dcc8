import type { Client } from "pg";
import { holdPresenceSql } from "./worker-presence.ts";

const retryMs = 1_000;

/** Keeps one connection open that holds the presence lock, and makes a new one when the server drops it. */
export async function holdPostgresPresence(newClient: () => Client, workerId: number): Promise<AsyncDisposable> {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let disposed = false;

  const connect = async () => {
    const candidate = newClient();
    candidate.on("error", () => {
      if (candidate === client) retry();
    });
    try {
      await candidate.connect();
      await candidate.query(holdPresenceSql, [workerId]);
    } catch (error) {
      await candidate.end().catch(alreadyGone);
      throw error;
    }
    if (disposed) await candidate.end();
    else client = candidate;
  };
  const retry = () => {
    client = undefined;
    if (disposed) return;
    timer = setTimeout(() => connect().catch(retry), retryMs).unref();
  };

  await connect();
  return {
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}

/** Ending a connection that never came to be fails with the error that is being thrown already. */
const alreadyGone = (_error: unknown) => undefined;
