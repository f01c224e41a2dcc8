import { readFileSync } from "node:fs";
import type { RequestListener, Server } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "./consumer.ts";

export interface HttpConnectionLimits {
  readonly all: number;
  /** Of those, from one address. */
  readonly address: number;
}

interface Open {
  readonly network: string;
  /** Came when there was no room: its first request is refused. */
  readonly isSurplus: boolean;
  /** That are being answered. */
  requests: number;
}

/**
 * Keeps a server from more connections than it may have. For a new one the oldest one goes on which no request is being
 * answered, of its address or of all; where there is none, the new one is told to come again.
 */
export class HttpConnections {
  readonly #limits: HttpConnectionLimits;
  /** The oldest first. */
  readonly #open = new Map<Socket, Open>();

  constructor(limits: HttpConnectionLimits) {
    this.#limits = limits;
  }

  watch(server: Server): void {
    server.prependListener("connection", (socket: Socket) => {
      const { all, address } = this.#limits;
      const network = networkOf(socket.remoteAddress ?? "");
      const hasRoom = this.#makeRoom((open) => open.network === network, address) && this.#makeRoom(() => true, all);
      this.#open.set(socket, { network, isSurplus: !hasRoom, requests: 0 });
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  /** Answers what came on a connection for which there was room. */
  guard(listener: RequestListener): RequestListener {
    return (request, response) => {
      const open = this.#open.get(request.socket);
      if (open !== undefined) {
        open.requests += 1;
        response.once("close", () => {
          open.requests -= 1;
        });
      }
      if (open?.isSurplus !== true) return listener(request, response);
      request.resume();
      const headers = { "content-type": "text/plain", "retry-after": "5", connection: "close" };
      response.writeHead(503, headers).end("Too many connections are open. Try again in a moment.\n");
    };
  }

  /** @returns whether there is room for one more of these */
  #makeRoom(isOne: (open: Open) => boolean, limit: number): boolean {
    const ones = [...this.#open].filter(([, open]) => isOne(open));
    if (ones.length < limit) return true;
    const [oldest] = ones.find(([, { requests }]) => requests === 0) ?? [];
    oldest?.destroy();
    const gone = oldest !== undefined && this.#open.delete(oldest) ? 1 : 0;
    return ones.length - gone < limit;
  }
}

/** How many files and connections this process may have open; undefined where the system does not say. */
export function descriptorLimit(): number | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/self/limits", "utf8");
  } catch {
    // Only Linux has it.
    return undefined;
  }
  const [, soft] = /^Max open files +(\d+)/m.exec(text) ?? [];
  return soft === undefined ? undefined : Number(soft);
}
