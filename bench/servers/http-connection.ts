import { connect, type Socket } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  /** Of the body, framing included. */
  readonly bytes: number;
  /** How the body begins; all of it when the connection keeps bodies. */
  readonly body: string;
  readonly retryAfter: string | undefined;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One connection that asks one request after the other. Much lighter than a client that builds objects: what is
 * measured is the server. Knows what our servers send: a length, or chunks of JSON without trailers.
 */
export class HttpConnection {
  readonly #url: URL;
  readonly #keepsBodies: boolean;
  #socket: Socket | undefined;
  #waiting: Waiting | undefined;
  #head = "";
  #inBody = false;
  #body: Buffer[] = [];
  #bytes = 0;
  #length: number | undefined;
  #tail = "";

  constructor(url: URL, { keepsBodies = false } = {}) {
    this.#url = url;
    this.#keepsBodies = keepsBodies;
  }

  /** @param request head and body, as they go over the wire */
  ask(request: Buffer): Promise<HttpAnswer> {
    this.#head = "";
    this.#inBody = false;
    this.#body = [];
    this.#bytes = 0;
    this.#tail = "";
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#open().write(request);
    });
  }

  /** A request in flight is given up; the server sees a client that went away. */
  close(): void {
    this.#socket?.destroy();
    this.#fail(new Error("the client went away"));
  }

  #open(): Socket {
    if (this.#socket?.writable === true) return this.#socket;
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    // One that was closed here may tell of it when the next is already open.
    const fail = (error: Error) => this.#socket === socket && this.#fail(error);
    socket.on("error", fail);
    socket.on("close", () => fail(new Error("the server closed the connection")));
    this.#socket = socket;
    return socket;
  }

  #fail(error: Error): void {
    this.#socket = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  #take(chunk: Buffer): void {
    const body = this.#inBody ? chunk : this.#takeHead(chunk);
    if (body === undefined) return;
    this.#bytes += body.length;
    if (this.#keepsBodies || this.#body.length === 0) this.#body.push(body);
    if (this.#isComplete(body)) this.#finish();
  }

  /** @returns what follows the head; undefined while it has not ended */
  #takeHead(chunk: Buffer): Buffer | undefined {
    const before = this.#head.length;
    const text = this.#head + chunk.toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    this.#head = end < 0 ? text : text.slice(0, end + 4);
    if (end < 0) return undefined;
    this.#inBody = true;
    const length = this.#header("content-length");
    this.#length = length === undefined ? undefined : Number(length);
    return chunk.subarray(end + 4 - before);
  }

  #header(name: string): string | undefined {
    return new RegExp(`\r\n${name}: *([^\r]*)`, "i").exec(this.#head)?.[1];
  }

  /** JSON has no line ends of its own, so the last chunk cannot be mistaken. */
  #isComplete(body: Buffer): boolean {
    if (this.#length !== undefined) return this.#bytes >= this.#length;
    const end = body.toString("latin1", Math.max(0, body.length - lastChunk.length));
    this.#tail = (this.#tail + end).slice(-lastChunk.length);
    return this.#tail === lastChunk;
  }

  #finish(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#header("connection")?.toLowerCase() === "close") this.close();
    const body = Buffer.concat(this.#body);
    waiting?.resolve({
      status: Number(this.#head.slice(9, 12)),
      bytes: this.#bytes,
      body: (this.#length === undefined ? joinChunks(body) : body).toString("utf8"),
      retryAfter: this.#header("retry-after"),
    });
  }
}

const lastChunk = "0\r\n\r\n";

/** Takes the framing out of a chunked body; one that is cut off gives what there is. */
function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, lineEnd), 16);
    if (lineEnd < 0 || !(size > 0)) break;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
  return Buffer.concat(chunks);
}

/** A POST of JSON as it goes over the wire. */
export function jsonPost(url: URL, body: string): Buffer {
  const head = [
    `POST ${url.pathname} HTTP/1.1`,
    `host: ${url.host}`,
    "accept: application/json",
    "content-type: application/json",
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}
