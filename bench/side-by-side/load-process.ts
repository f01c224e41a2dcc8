import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { LoadOrder, LoadResult } from "./load-generator.ts";

/** The load generator in a process of its own, so that asking costs the servers nothing but the machine's time. */
export interface LoadProcess extends Disposable {
  run(order: LoadOrder): Promise<LoadResult>;
}

export function startLoad(): LoadProcess {
  const child = fork(join(import.meta.dirname, "load-generator.ts"), [], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  return {
    async run(order) {
      const answer = once(child, "message");
      child.send(order);
      const [result] = await answer;
      return result as LoadResult;
    },
    [Symbol.dispose]: () => void child.kill("SIGKILL"),
  };
}
