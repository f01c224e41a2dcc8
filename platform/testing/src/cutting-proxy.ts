import { once } from "node:events";
import { type AddressInfo, createConnection, createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/**
 * What a network does to those who talk over it.
 * `pass`: nothing. `stall`: takes what is sent and passes it on in no direction, or not in one, without ending anything;
 * with `pass` it flows again. `slow`: answers come at so many bytes a second. `half-close`: says that the server has said
 * everything, and listens on. `end`: ends each connection in both directions. `reset`: resets it.
 */
export type NetworkFault =
  | { readonly kind: "pass" | "half-close" | "end" | "reset" }
  | { readonly kind: "stall"; readonly only?: "requests" | "answers" }
  | { readonly kind: "slow"; readonly bytesPerSecond: number };

/** Stands between a client and a server on this machine. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** The same address by way of the proxy. */
  through(url: string): string;
  /**
   * Holds for the connections there are, and for those to come: for each from when so many more bytes of answers have
   * passed, and at once unless that is given.
   */
  set(fault: NetworkFault, afterBytes?: number): void;
  /** Bytes of answers that have been passed on. */
  answered(): number;
}

/** @param target port of the server, on 127.0.0.1 */
export async function openCuttingProxy(target: number): Promise<CuttingProxy> {
  let suffered: [NetworkFault, number] = [{ kind: "pass" }, 0];
  let answered = 0;
  const pairs = new Set<Pair>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const pair = new Pair(client, target, (bytes) => {
      answered += bytes;
    });
    pairs.add(pair);
    client.once("close", () => pairs.delete(pair));
    pair.suffer(...suffered);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    through: (url) => Object.assign(new URL(url), { host: `127.0.0.1:${port}` }).href,
    set: (fault, afterBytes = 0) => {
      suffered = [fault, afterBytes];
      for (const pair of pairs) pair.suffer(fault, afterBytes);
    },
    answered: () => answered,
    [Symbol.asyncDispose]: async () => {
      for (const pair of pairs) pair.reset();
      server.close();
      await once(server, "close");
    },
  };
}

/** One connection: a socket to the client, and one to the server. */
class Pair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #onAnswer: (bytes: number) => void;
  /** Whose last piece has not been passed on yet. */
  readonly #busy = new Set<Socket>();
  #fault: NetworkFault = { kind: "pass" };
  #next: NetworkFault | undefined;
  /** Bytes of answers until the next fault. */
  #left = Number.POSITIVE_INFINITY;

  constructor(client: Socket, port: number, onAnswer: (bytes: number) => void) {
    this.#client = client;
    this.#server = createConnection({ host: "127.0.0.1", port, allowHalfOpen: true });
    this.#onAnswer = onAnswer;
    this.#carry(client, this.#server, (chunk) => write(this.#server, chunk));
    this.#carry(this.#server, client, (chunk) => this.#answer(chunk));
  }

  suffer(fault: NetworkFault, afterBytes: number): void {
    this.#next = fault;
    this.#left = afterBytes;
    if (afterBytes === 0) this.#begin();
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  #begin(): void {
    this.#fault = this.#next ?? this.#fault;
    this.#left = Number.POSITIVE_INFINITY;
    const { kind } = this.#fault;
    if (kind === "reset") this.reset();
    else if (kind === "half-close") this.#client.end();
    else if (kind === "end") {
      this.#client.destroySoon();
      this.#server.destroy();
    }
    this.#flow();
  }

  #flow(): void {
    for (const [socket, what] of [[this.#client, "requests"] as const, [this.#server, "answers"] as const]) {
      if (this.#stalls(what) || this.#busy.has(socket)) socket.pause();
      else socket.resume();
    }
  }

  #carry(from: Socket, to: Socket, pass: (chunk: Buffer) => Promise<void>): void {
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
    from.on("end", () => to.end());
    from.on("data", async (chunk: Buffer) => {
      this.#busy.add(from);
      from.pause();
      await pass(chunk);
      this.#busy.delete(from);
      this.#flow();
    });
  }

  async #answer(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const fault = this.#fault;
      if (fault.kind === "slow") await wait(100);
      const most = fault.kind === "slow" ? Math.max(1, Math.floor(fault.bytesPerSecond / 10)) : chunk.length;
      const piece = chunk.subarray(at, at + Math.min(most, this.#left));
      at += piece.length;
      this.#left -= piece.length;
      this.#onAnswer(piece.length);
      await write(this.#client, piece);
      if (this.#left > 0) continue;
      this.#begin();
      await this.#untilAnswersFlow();
    }
  }

  /** What is left of a piece in which a stall began waits for its end. */
  async #untilAnswersFlow(): Promise<void> {
    while (this.#stalls("answers") && !this.#client.destroyed) await wait(50, undefined, { ref: false });
  }

  #stalls(what: "requests" | "answers"): boolean {
    return this.#fault.kind === "stall" && (this.#fault.only ?? what) === what;
  }
}

/** Resolves when there is room for more, or nobody left to take it. */
async function write(socket: Socket, chunk: Buffer): Promise<void> {
  if (socket.destroyed || socket.writableEnded || socket.write(chunk)) return;
  await new Promise<void>((resolve) => {
    socket.once("drain", resolve).once("close", resolve);
  });
}
