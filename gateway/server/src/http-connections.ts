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
  /** How many of them each network has. */
  readonly #networks = new Map<string, number>();

  constructor(limits: HttpConnectionLimits) {
    this.#limits = limits;
  }

  watch(server: Server): void {
    server.prependListener("connection", (socket: Socket) => {
      const { all, address } = this.#limits;
      const network = networkOf(socket.remoteAddress ?? "");
      const hasRoom =
        this.#makeRoom(this.#countOf(network) < address, (open) => open.network === network) &&
        this.#makeRoom(this.#open.size < all, () => true);
      this.#open.set(socket, { network, isSurplus: !hasRoom, requests: 0 });
      this.#networks.set(network, this.#countOf(network) + 1);
      socket.once("close", () => this.#forget(socket));
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

  /** @returns whether there is room for one more of these, now or because the oldest idle one has gone */
  #makeRoom(hasRoom: boolean, isOne: (open: Open) => boolean): boolean {
    if (hasRoom) return true;
    for (const [socket, open] of this.#open) {
      if (open.requests > 0 || !isOne(open)) continue;
      socket.destroy();
      this.#forget(socket);
      return true;
    }
    return false;
  }

  #countOf(network: string): number {
    return this.#networks.get(network) ?? 0;
  }

  #forget(socket: Socket): void {
    const open = this.#open.get(socket);
    if (open === undefined) return;
    this.#open.delete(socket);
    const left = this.#countOf(open.network) - 1;
    if (left > 0) this.#networks.set(open.network, left);
    else this.#networks.delete(open.network);
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
