import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { createConnection } from "mysql2/promise";
import { freePort } from "./free-port.ts";
import { tempDir } from "./temp-dir.ts";

/** A real MariaDB or MySQL server of its own, on a free port of this machine. */
export interface TestMariadb extends AsyncDisposable {
  /** Of a user who may do everything; the password is in it. */
  readonly url: string;
  /** Creates an empty database of utf8mb4 texts and returns its URL. */
  createDatabase(name: string): Promise<string>;
}

export interface MariadbSettings {
  /** PEM files; without them the server offers no encryption. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

const user = "admin";
const password = "test-only-password";
/** The server reads one statement a line. */
const createUser = `CREATE USER '${user}'@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;
`;
const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"];
const run = promisify(execFile);

/**
 * Where the server's program is; undefined when this machine has none, and tests that need it are skipped then.
 * @throws Error where the environment says `THOTH_MARIADB=required`
 */
export function findMariadb(): string | undefined {
  const found = findProgram("mariadbd") ?? findProgram("mysqld");
  if (found !== undefined) return found;
  const advice = "no mariadbd or mysqld on this machine: on Debian, `apt-get install mariadb-server-core` brings one";
  if (process.env.THOTH_MARIADB === "required") throw new Error(advice);
  console.warn(`skipped: ${advice}`);
  return undefined;
}

/** `await using mariadb = await startMariadb();` takes two to four seconds. */
export async function startMariadb(settings: MariadbSettings = {}): Promise<TestMariadb> {
  const program = findMariadb();
  if (program === undefined) throw new Error("there is no MariaDB server on this machine; ask `findMariadb` first");
  const dir = await tempDir("thoth-mariadb-");
  const port = await freePort();
  const data = join(dir.path, "data");
  await initialise(program, data);
  const initFile = join(dir.path, "users.sql");
  await writeFile(initFile, createUser);
  const server = spawn(program, serverArguments({ dir: dir.path, data, port, initFile }, settings), {
    stdio: ["ignore", "ignore", "pipe"],
  });
  // A test process that ends without disposing must not leave a server behind.
  const killAtExit = () => void server.kill("SIGKILL");
  process.once("exit", killAtExit);
  const stop = async () => {
    await end(server);
    process.off("exit", killAtExit);
    await dir[Symbol.asyncDispose]();
  };
  try {
    await ready(server);
  } catch (failure) {
    await stop();
    throw failure;
  }
  const urlOf = (database: string) => `mysql://${user}:${password}@127.0.0.1:${port}/${database}`;
  return {
    url: urlOf("mysql"),
    createDatabase: async (name) => {
      await createDatabase(urlOf("mysql"), name);
      return urlOf(name);
    },
    [Symbol.asyncDispose]: stop,
  };
}

function findProgram(name: string): string | undefined {
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** MariaDB fills a data folder with a script of its own, MySQL with the server itself. */
async function initialise(program: string, data: string): Promise<void> {
  const script = findProgram("mariadb-install-db");
  const asRoot = process.getuid?.() === 0 ? ["--user=root"] : [];
  const options = ["--no-defaults", `--datadir=${data}`, ...asRoot];
  if (script === undefined) await run(program, [...options, "--initialize-insecure"]);
  else
    await run(script, [
      ...options,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      "--skip-name-resolve",
    ]);
}

interface Place {
  readonly dir: string;
  readonly data: string;
  readonly port: number;
  readonly initFile: string;
}

function serverArguments({ dir, data, port, initFile }: Place, { tls }: MariadbSettings): string[] {
  return [
    "--no-defaults",
    ...(process.getuid?.() === 0 ? ["--user=root"] : []),
    `--datadir=${data}`,
    `--socket=${join(dir, "s.sock")}`,
    `--pid-file=${join(dir, "server.pid")}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    `--init-file=${initFile}`,
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    // Not ours: what a connector relies on, it has to ask for.
    "--character-set-server=latin1",
    "--default-time-zone=+10:00",
    ...(tls === undefined ? [] : [`--ssl-cert=${tls.certificate}`, `--ssl-key=${tls.key}`]),
  ];
}

/** Waits until the server says that it listens; what it wrote is the error when it ends before. */
function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = "";
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (/ready for connections/.test(log)) resolve();
    });
    server.once("error", reject);
    server.once("exit", () => reject(new Error(`MariaDB for tests did not start:\n${log}`)));
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await ended;
}

async function createDatabase(url: string, name: string): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
  } finally {
    await connection.end();
  }
}
