import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Usage } from "./probe.ts";
import type { Profile } from "./profile.ts";

/** A server in a process of its own, which tells what it uses. */
export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  /** From now on usage counts from zero. */
  reset(): Promise<void>;
  usage(): Promise<Usage>;
  /** Where its JavaScript spends the time while something is going on. */
  profile(during: () => Promise<unknown>): Promise<Profile>;
  /** Has the server do what it offers besides serving; one request at a time. */
  ask(request: object | string): Promise<unknown>;
}

/**
 * Starts a program that calls `announce`.
 * @param config what it finds as JSON in its first argument
 */
export async function startServer(file: string, config: unknown): Promise<ServerProcess> {
  const child = fork(file, [JSON.stringify(config)], {
    execArgv: ["--conditions=thoth-source", "--disable-warning=ExperimentalWarning"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const { url } = (await nextMessage(child, file)) as { url: string };
  let last: Promise<unknown> = Promise.resolve();
  const ask = (request: object | string): Promise<unknown> => {
    const answer = last.then(() => {
      const message = nextMessage(child, file);
      child.send(request);
      return message;
    });
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    url,
    ask,
    reset: async () => void (await ask("reset")),
    usage: async () => (await ask("read")) as Usage,
    async profile(during) {
      await ask("start-profile");
      await during();
      return (await ask("end-profile")) as Profile;
    },
    [Symbol.asyncDispose]: () => stop(child),
  };
}

async function nextMessage(child: ChildProcess, file: string): Promise<unknown> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const ended = once(child, "exit", { signal }).then(([code, name]) => {
      throw new Error(`${file} ended with ${code ?? name}`);
    });
    const [message] = await Promise.race([once(child, "message", { signal }), ended]);
    return message;
  } finally {
    waiting.abort();
  }
}

/** A server of a bench holds nothing that would have to be saved. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
