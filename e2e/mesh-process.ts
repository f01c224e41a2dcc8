import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { openTokenKey } from "@thoth/access/signing-key";
import { signToken } from "@thoth/access/token";

/** Root of this repository. */
export const repository = resolve(import.meta.dirname, "..");

const main = "platform/cli/src/main.ts";
/** Most commands end within a second: to optimise the embedded engine's code meanwhile takes as much again. */
const node = ["--conditions=thoth-source", "--liftoff-only"];

/** How long a test waits for what must come, milliseconds. No claim: it comes, or never does, on however busy a machine. */
export const patienceMs = 300_000;

export type Environment = Readonly<Record<string, string>>;

export interface MeshOptions {
  /** Any folder of the project the command works on. */
  readonly cwd: string;
  readonly env?: Environment;
  /** The repository whose command it is; this one unless given. */
  readonly from?: string;
}

export interface MeshResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command to its end, as a person at a prompt would. */
export async function mesh(args: readonly string[], options: MeshOptions): Promise<MeshResult> {
  const child = start(args, options);
  const ended = once(child, "exit");
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await ended;
  return { code: code ?? (signal as NodeJS.Signals), out, err } as MeshResult;
}

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly data: any;
  readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
}

/** A `mesh up` or `mesh serve` that has said that it serves. Disposing kills what still runs. */
export interface ServingMesh extends AsyncDisposable {
  readonly url: string;
  /** Where SQL is asked, when it is. */
  readonly sql?: string;
  readonly pid: number;
  /** What it has written to stderr so far. */
  log(): string;
  /** As a person of this machine. */
  ask(query: string): Promise<Answer>;
  /** As whoever can reach the port. */
  askAnonymously(query: string): Promise<Answer>;
  /** Sends a signal; resolves with the exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

/** Starts a command that serves, and waits until it does. */
export async function serveMesh(args: readonly string[], options: MeshOptions): Promise<ServingMesh> {
  const child = start([...args, "--json"], options);
  // Ended, and all that it has said is here.
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += String(chunk);
  });
  const first = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  if (!Array.isArray(first)) throw new Error(`mesh ${args.join(" ")} ended with ${first} before it served:\n${log}`);
  const told = JSON.parse(String(first[0])) as { url: string; sql?: string };
  const url = new URL(told.url).origin;
  const stop = (signal: NodeJS.Signals = "SIGINT") => {
    child.kill(signal);
    return ended;
  };
  return {
    url,
    ...(told.sql !== undefined && { sql: told.sql }),
    pid: child.pid ?? 0,
    log: () => log,
    ask: async (query) => ask(url, { query, token: await ownToken(options) }),
    askAnonymously: (query) => ask(url, { query }),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop("SIGKILL");
    },
  };
}

/** What `mesh token` would print for the home of the command. */
export async function ownToken({ cwd, env = {} }: MeshOptions): Promise<string> {
  const key = await openTokenKey(env.MESH_HOME ?? join(cwd, "var"));
  const somebody = { name: "tester", kind: "person", roles: [], attributes: {} } as const;
  return signToken(somebody, { key, now: Date.now(), ttlMs: 3_600_000 });
}

async function ask(url: string, { query, token }: { query: string; token?: string }): Promise<Answer> {
  const headers = {
    "content-type": "application/json",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  return (await response.json()) as Answer;
}

/** For tests that meddle with a command while it runs. */
export function start(args: readonly string[], { cwd, env = {}, from = repository }: MeshOptions) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("MESH_"));
  const child = spawn(process.execPath, [...node, join(from, main), ...args], {
    cwd,
    env: {
      NODE_COMPILE_CACHE: join(repository, "node_modules/.cache/node"),
      ...Object.fromEntries(own),
      MESH_PORT: "0",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return child satisfies ChildProcess;
}
