import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "pg";
import type { Presence, PresenceChange } from "./presence.ts";
import { holdPresenceSql } from "./worker-presence.ts";

/** Waits before the tries to come back, milliseconds: at once, then less and less often. */
const waitsMs = [0, 50, 100, 200, 400, 800, 1_000];
/** Between two questions whether the connection still carries anything, milliseconds. */
const beatMs = 2_000;

/** A machine that is cut off says nothing: the server then finds out by itself, within some ten seconds. */
export const noticeDeadMachineSql =
  "set tcp_keepalives_idle = 4; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3";

/** Opens a connection that holds the presence lock, and makes another one at once whenever it is lost. */
export async function holdPostgresPresence(
  newClient: () => Client,
  { workerId, graceMs }: { readonly workerId: number; readonly graceMs: number },
): Promise<Presence & AsyncDisposable> {
  const presence = new PostgresPresence(newClient, workerId, graceMs);
  await presence.connect();
  return presence;
}

class PostgresPresence implements Presence, AsyncDisposable {
  readonly graceMs: number;
  readonly #newClient: () => Client;
  readonly #workerId: number;
  readonly #listeners = new Set<(change: PresenceChange) => void>();
  readonly #closed = new AbortController();
  #client: Client | undefined;
  #beat: NodeJS.Timeout | undefined;
  #overdue: NodeJS.Timeout | undefined;

  constructor(newClient: () => Client, workerId: number, graceMs: number) {
    this.graceMs = graceMs;
    this.#newClient = newClient;
    this.#workerId = workerId;
  }

  watch(listener: (change: PresenceChange) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  async connect(): Promise<void> {
    const client = this.#newClient();
    client.on("error", () => this.#lose(client));
    client.on("end", () => this.#lose(client));
    try {
      await client.connect();
      await client.query(noticeDeadMachineSql);
      await client.query(holdPresenceSql, [this.#workerId]);
    } catch (error) {
      void client.end().catch(alreadyGone);
      throw error;
    }
    if (this.#closed.signal.aborted) return client.end();
    this.#client = client;
    this.#beat = this.#ask(client);
  }

  /** Asks again only when it has been answered: questions to one that is silent would pile up. */
  #ask(client: Client): NodeJS.Timeout {
    let isAsked = false;
    const ask = async () => {
      if (isAsked) return;
      isAsked = true;
      await client.query("select 1").catch(() => this.#lose(client));
      isAsked = false;
    };
    return setInterval(() => void ask(), beatMs).unref();
  }

  #lose(client: Client): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    clearInterval(this.#beat);
    // One that only does not answer is let go, lest it come back as a second one.
    void client.end().catch(alreadyGone);
    if (this.#closed.signal.aborted) return;
    this.#tell("lost");
    this.#overdue = setTimeout(() => this.#tell("overdue"), this.graceMs).unref();
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const { signal } = this.#closed;
    for (let tries = 0; !signal.aborted; tries++) {
      try {
        await wait(waitsMs[tries] ?? waitsMs.at(-1), undefined, { signal, ref: false });
        await this.connect();
        clearTimeout(this.#overdue);
        return this.#tell("back");
      } catch {
        // The server is not there yet, or this process ends: the loop decides.
      }
    }
  }

  #tell(change: PresenceChange): void {
    for (const listener of [...this.#listeners]) listener(change);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort();
    clearInterval(this.#beat);
    clearTimeout(this.#overdue);
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }
}

/** Ending a connection that is broken, or never came to be, fails with what is known already. */
const alreadyGone = (_error: unknown) => undefined;
