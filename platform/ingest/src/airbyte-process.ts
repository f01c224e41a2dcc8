import { isUtf8 } from "node:buffer";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { type AirbyteMessage, parseAirbyteLine } from "./airbyte-message.ts";
import { ingestError } from "./errors.ts";

export interface AirbyteCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** Longest time without output while output is waited for, ms. */
  readonly silenceMs: number;
  /** Gets output that is no record, cut to a bounded length; it may hold anything. */
  readonly onLog: (line: string) => void;
  /** Gets what the source tells a person, by whole lines and uncut; it may hold anything. */
  readonly hear: (text: string) => void;
  readonly signal: AbortSignal;
}

const longestLine = 64 * 1024 * 1024;
const longestLog = 1000;
const newline = 0x0a;

/**
 * Runs a source and yields its messages as they are wanted: unread output makes it wait. However the caller ends, the
 * process and its children end too.
 * @returns exit code; null when a signal ended it
 * @throws MeshError `ingest/source-command`, `ingest/source-timeout`, `ingest/row-too-long`
 */
export async function* runAirbyte(options: AirbyteCommand): AsyncGenerator<AirbyteMessage, number | null, void> {
  const { signal, onLog, hear } = options;
  signal.throwIfAborted();
  const child = await start(options);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const kill = () => killGroup(child);
  signal.addEventListener("abort", kill, { once: true });
  const errors = new HeardLines(hear);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    onLog(text.slice(0, longestLog));
    errors.add(text);
  });
  try {
    for await (const line of readLines(child.stdout, options)) {
      const text = line.toString("utf8");
      // Only what is not UTF-8 is read with this character in its place, or has it itself.
      const message = parseAirbyteLine(text, !text.includes("\uFFFD") || isUtf8(line));
      if (message.kind === "log") {
        onLog(text.slice(0, longestLog));
        if (message.said !== undefined) hear(message.said);
      } else yield message;
    }
    signal.throwIfAborted();
    const code = await ended;
    errors.end();
    signal.throwIfAborted();
    return code;
  } catch (failure) {
    throw signal.aborted ? signal.reason : failure;
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
    // Unread output would keep the process from being reported as closed.
    child.stdout.destroy();
    child.stderr.destroy();
    await ended;
  }
}

const longestHeard = 64 * 1024;

/** Whole lines of what arrives in pieces, so that whatever must not be told is not torn apart. */
class HeardLines {
  readonly #hear: (text: string) => void;
  #rest = "";

  constructor(hear: (text: string) => void) {
    this.#hear = hear;
  }

  add(text: string): void {
    const lines = `${this.#rest}${text}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#hear(line);
    if (this.#rest.length > longestHeard) this.end();
  }

  end(): void {
    if (this.#rest !== "") this.#hear(this.#rest);
    this.#rest = "";
  }
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start({ command, args, cwd, env }: AirbyteCommand): Promise<Child> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    child.once("spawn", () => resolve(child));
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code ?? "it did not start";
      reject(ingestError["source-command"]({ command, reason }, { at: { path: command } }));
    });
  });
}

/** A source only reads, so nothing is lost by ending it at once. */
function killGroup({ pid }: Child): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "ESRCH") throw failure;
  }
}

async function* readLines(output: Readable, options: AirbyteCommand): AsyncGenerator<Buffer, void, void> {
  const chunks = output[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer[] = [];
  let restBytes = 0;
  for (;;) {
    const { value, done } = await nextInTime(chunks, options);
    if (done) break;
    let start = 0;
    for (let end = value.indexOf(newline); end >= 0; end = value.indexOf(newline, start)) {
      const line = value.subarray(start, end);
      yield rest.length === 0 ? line : Buffer.concat([...rest, line]);
      [rest, restBytes, start] = [[], 0, end + 1];
    }
    rest.push(value.subarray(start));
    restBytes += value.length - start;
    if (restBytes > longestLine) throw ingestError["row-too-long"]({ limitBytes: longestLine });
  }
  if (restBytes > 0) yield Buffer.concat(rest);
}

async function nextInTime(chunks: AsyncIterator<Buffer>, { command, silenceMs }: AirbyteCommand) {
  const { promise, reject } = Promise.withResolvers<never>();
  const late = () => {
    reject(ingestError["source-timeout"]({ server: command, limitMs: silenceMs }, { at: { path: command } }));
  };
  const timer = setTimeout(late, silenceMs);
  try {
    return await Promise.race([chunks.next(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
