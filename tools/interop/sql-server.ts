import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A library with every kind of column, served over SQL by a process of its own. */
export interface SqlServer extends AsyncDisposable {
  /** Port, user and password, as programs take them. */
  readonly login: readonly [port: string, user: string, password: string];
}

const program = fileURLToPath(import.meta.resolve("@thoth/gateway/sql-port/fixtures/sql-server-process"));

export async function openSqlServer(): Promise<SqlServer> {
  const child = spawn(process.execPath, ["--conditions=thoth-source", program], { stdio: ["pipe", "pipe", "inherit"] });
  const close = async () => {
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
  };
  try {
    const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    const { port, user, password } = JSON.parse(String(value)) as { port: number; user: string; password: string };
    return { login: [String(port), user, password], [Symbol.asyncDispose]: close };
  } catch (failure) {
    await close();
    throw failure;
  }
}
