import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { gatewayError } from "../errors.ts";
import { type Frame, FrameDecoder } from "./protocol/frame-decoder.ts";

export interface ChannelOptions {
  /** Longest first message, bytes. */
  readonly startupBytes: number;
  /** Longest time for which the other side may take nothing of what is sent, milliseconds. */
  readonly stallMs: number;
}

/** What a client may send ahead of being answered, bytes; beyond it the socket is not read. */
const aheadBytes = 256 * 1024;

/** What is made at most before it is looked whether the client takes it, bytes. */
const partBytes = 256 * 1024;

/** For how long one connection is served before others have their turn, milliseconds. */
const turnMs = 5;

/** Messages over a socket, both ways. Reads ahead a little, so that a client that goes away is noticed while it waits. */
export class Channel {
  readonly #options: ChannelOptions;
  readonly #gone = new AbortController();
  #socket: Socket;
  #deafen: () => void;
  #outgoing: Uint8Array[] = [];
  #outgoingBytes = 0;
  #turnAt = 0;
  #decoder: FrameDecoder;
  readonly #address: string;
  #wake: (() => void) | undefined;
  #isUntouched = true;
  #ended = false;

  constructor(socket: Socket, options: ChannelOptions) {
    this.#options = options;
    this.#decoder = new FrameDecoder(options.startupBytes);
    this.#socket = socket;
    this.#address = socket.remoteAddress ?? "";
    this.#deafen = this.#listen(socket);
  }

  /** Aborted when the client has gone away, or what it was sent did not leave in time. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Of the other side. */
  get address(): string {
    return this.#address;
  }

  /** Whether no message has come that could be read. */
  get isUntouched(): boolean {
    return this.#isUntouched;
  }

  /** From here on messages say of which type they are. */
  expectTyped(limitBytes: number): void {
    this.#isUntouched = false;
    this.#decoder.expectTyped(limitBytes);
  }

  /**
   * Goes on over another socket, which encrypts what goes over the first one.
   * @throws MeshError `gateway/sql-protocol` when something has come already: somebody between could have put it there
   */
  upgrade(wrap: (socket: Socket) => Socket): void {
    if (this.#decoder.buffered > 0) throw gatewayError["sql-protocol"]({ problem: "data came before TLS had begun" });
    this.#flush();
    this.#deafen();
    this.#socket.on("error", () => this.#end());
    this.#socket = wrap(this.#socket);
    this.#deafen = this.#listen(this.#socket);
  }

  /**
   * The next message; undefined when there will be none.
   * @throws MeshError `gateway/sql-protocol`, `gateway/sql-message-too-large`
   */
  async read(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#decoder.next();
      if (frame === undefined || this.#decoder.buffered < aheadBytes) this.#socket.resume();
      if (frame !== undefined) return frame;
      if (this.#ended) return undefined;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
      this.#turnAt = performance.now();
    }
  }

  /** Sends without waiting: for what is small. What follows at once leaves together with it. Ask `caughtUp` between. */
  send(...messages: readonly Uint8Array[]): void {
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(...messages);
    for (const { byteLength } of messages) this.#outgoingBytes += byteLength;
  }

  /**
   * Waits until the client has taken most of what was sent, and now and then until others have had their turn.
   * @throws the signal's reason, or that of `gone`; MeshError `gateway/sql-client-stalled`
   */
  async caughtUp(signal: AbortSignal = this.gone): Promise<void> {
    if (this.#outgoingBytes >= partBytes) this.#flush();
    if (this.#isFull) await this.#drained(signal);
    else if (performance.now() - this.#turnAt >= turnMs) await nextTurn();
    else return;
    this.#turnAt = performance.now();
  }

  /**
   * Sends, and waits until the client has taken most of it.
   * @throws the signal's reason; MeshError `gateway/sql-client-stalled`
   */
  async deliver(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    for (let from = 0; from < bytes.byteLength; from += partBytes) {
      this.send(bytes.subarray(from, from + partBytes));
      this.#flush();
      if (this.#isFull) await this.#drained(signal);
    }
  }

  /** Sends what is left and closes. */
  end(): void {
    this.#flush();
    if (!this.#socket.destroyed) this.#socket.end();
    // Who does not take notice is cut off.
    setTimeout(() => this.#socket.destroy(), 1_000).unref();
  }

  get #isFull(): boolean {
    return !this.#socket.destroyed && this.#socket.writableNeedDrain;
  }

  #drained(signal: AbortSignal): Promise<void> {
    const socket = this.#socket;
    const { gone } = this;
    const { stallMs } = this.#options;
    return new Promise<void>((resolve, reject) => {
      const settle = (failure?: unknown) => {
        clearTimeout(timer);
        socket.off("drain", settle);
        for (const each of [signal, gone]) each.removeEventListener("abort", abort);
        if (failure === undefined) resolve();
        else reject(failure);
      };
      const abort = () => settle(signal.aborted ? signal.reason : gone.reason);
      const timer = setTimeout(() => {
        socket.destroy();
        settle(gatewayError["sql-client-stalled"]({ seconds: stallMs / 1000 }));
      }, stallMs);
      socket.once("drain", settle);
      for (const each of [signal, gone]) each.addEventListener("abort", abort, { once: true });
      if (signal.aborted || gone.aborted) abort();
    });
  }

  #flush(): void {
    const outgoing = this.#outgoing;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    const [first, ...more] = outgoing;
    if (first === undefined || this.#socket.destroyed) return;
    this.#socket.write(more.length === 0 ? first : Buffer.concat(outgoing));
  }

  /** @returns ends that */
  #listen(socket: Socket): () => void {
    const take = (chunk: Buffer) => {
      this.#decoder.push(chunk);
      if (this.#decoder.buffered >= aheadBytes) socket.pause();
      this.#wake?.();
    };
    const end = () => this.#end();
    const ends = ["end", "close", "error"];
    socket.on("data", take);
    for (const event of ends) socket.on(event, end);
    return () => {
      socket.off("data", take);
      for (const event of ends) socket.off(event, end);
    };
  }

  #end(): void {
    this.#ended = true;
    this.#gone.abort(gatewayError["sql-cancelled"](undefined));
    this.#wake?.();
  }
}
