import { text } from "node:stream/consumers";
import { systemClock } from "@thoth/kernel/clock";
import { runCommandLine } from "./command-line.ts";

/** The process around the commands: the only place that touches standard streams, signals and the exit code. */
const stop = new AbortController();

/** Terminals and service managers signal a whole group, and `npx mesh` passes signals on: that arrives twice at once. */
const sameRequestMs = 250;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  let askedAt: number | undefined;
  process.on(signal, () => {
    askedAt ??= performance.now();
    // Who asks a second time does not want to wait for what is in flight.
    if (performance.now() - askedAt > sameRequestMs) process.exit(130);
    if (!stop.signal.aborted) stop.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
  });
}

// Whoever read the output has gone, as `head` does: there is nobody left to work for, but the home is given back.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!stop.signal.aborted) stop.abort(new DOMException("the output was closed", "AbortError"));
  });
}

/** Resolves at once while the reader keeps up. */
async function outSlowly(piece: string | Uint8Array): Promise<void> {
  if (process.stdout.write(piece) || stop.signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  process.stdout.once("drain", resolve).once("close", resolve);
  stop.signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
  process.stdout.off("drain", resolve).off("close", resolve);
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  pid: process.pid,
  now: systemClock,
  columns: () => (process.stderr.isTTY ? process.stderr.columns : undefined),
  signal: stop.signal,
  input: () => text(process.stdin),
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  outSlowly,
});
