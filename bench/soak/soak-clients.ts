import type { Random } from "@thoth/testing/random";
import { HttpConnection, jsonPost } from "../servers/http-connection.ts";
import { judgeAnswer, type SnapshotRange, type Verdict } from "./judge-answer.ts";
import { soakQuestion } from "./soak-questions.ts";
import type { SoakSize } from "./soak-world.ts";

export interface ClientOptions {
  readonly url: string;
  readonly size: SoakSize;
  readonly random: Random;
  /** What has been published so far; `to` counts what is being published. */
  readonly published: () => SnapshotRange;
}

export interface Asked {
  readonly verdict: Verdict | { readonly kind: "killed" };
  readonly tookMs: number;
}

interface IdleConnection {
  readonly connection: HttpConnection;
  readonly since: number;
}

interface Taken {
  readonly connection: HttpConnection;
  /** It has answered a question before. */
  readonly reused: boolean;
}

/** Servers close what is idle for five seconds; a request sent at that moment would be lost. */
const longestIdleMs = 2_000;

/** As many clients as it takes: each asks one question, and some go away before it is answered. */
export class SoakClients {
  readonly #options: ClientOptions;
  readonly #url: URL;
  readonly #idle: IdleConnection[] = [];
  inFlight = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
  }

  /** @param killAfterMs when the client goes away, whatever has come by then; absent: it waits for its answer */
  async ask(killAfterMs?: number): Promise<Asked> {
    const { random, size } = this.#options;
    return this.#ask(this.#take(), jsonPost(this.#url, JSON.stringify(soakQuestion(random, size))), killAfterMs);
  }

  async #ask({ connection, reused }: Taken, request: Buffer, killAfterMs: number | undefined): Promise<Asked> {
    const { published } = this.#options;
    const before = published();
    const askedAt = performance.now();
    const kill = killAfterMs === undefined ? undefined : setTimeout(() => connection.close(), killAfterMs);
    this.inFlight++;
    try {
      const answer = await connection.ask(request);
      const verdict = judgeAnswer(answer, since(before, published()));
      this.#idle.push({ connection, since: performance.now() });
      return { verdict, tookMs: performance.now() - askedAt };
    } catch (error) {
      const tookMs = performance.now() - askedAt;
      if (kill !== undefined) return { verdict: { kind: "killed" }, tookMs };
      // The server closed what was idle while this process, kept from its processor, took it for open.
      if (reused && isReset(error)) return this.#ask(this.#open(), request, undefined);
      return { verdict: { kind: "failed", reason: String(error) }, tookMs };
    } finally {
      this.inFlight--;
      clearTimeout(kill);
    }
  }

  close(): void {
    for (const { connection } of this.#idle.splice(0)) connection.close();
  }

  #take(): Taken {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (performance.now() - idle.since < longestIdleMs) return { connection: idle.connection, reused: true };
      idle.connection.close();
    }
    return this.#open();
  }

  #open(): Taken {
    return { connection: new HttpConnection(this.#url, { keepsBodies: true }), reused: false };
  }
}

function isReset(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ECONNRESET";
}

function since(before: SnapshotRange, after: SnapshotRange): SnapshotRange {
  return {
    "shop/entries": { from: before["shop/entries"].from, to: after["shop/entries"].to },
    "stock/items": { from: before["stock/items"].from, to: after["stock/items"].to },
  };
}
