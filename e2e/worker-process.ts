import { once } from "node:events";
import { createInterface } from "node:readline";
import { type Environment, start } from "./mesh-process.ts";

/** `mesh serve worker` in a process of its own; disposing kills it. */
export interface WorkerProcess extends AsyncDisposable {
  /** As the control plane knows it. */
  readonly id: number;
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has ended, with its exit code and signal. */
  kill(name: NodeJS.Signals): Promise<unknown>;
}

export async function startWorker(cwd: string, env: Environment): Promise<WorkerProcess> {
  const child = start(["serve", "worker", "--json"], { cwd, env });
  // Ended, and all that it has said is here.
  const ended = once(child, "close");
  let log = "";
  child.stderr.on("data", (chunk) => {
    log += String(chunk);
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended.then(() => [])]);
  if (line === undefined) throw new Error(`the worker did not start:\n${log}`);
  const signal = (name: NodeJS.Signals) => void child.kill(name);
  const kill = (name: NodeJS.Signals) => {
    signal(name);
    return ended;
  };
  const { worker: id } = JSON.parse(String(line)) as { worker: number };
  return { id, log: () => log, signal, kill, [Symbol.asyncDispose]: async () => void (await kill("SIGKILL")) };
}

/** A query that never ends by itself. */
export function endless(query: string): string {
  return `select * from (${query.trim().replace(/;$/, "")}) where (select max(hash(a, b, c)) from range(1000000) x(a), range(1000000) y(b), range(1000000) z(c)) is not null`;
}
