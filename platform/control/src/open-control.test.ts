import { execFileSync } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { formatMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { seedControlStore } from "@thoth/testing/control-store";
import { type NetworkFault, openCuttingProxy } from "@thoth/testing/cutting-proxy";
import { freePort } from "@thoth/testing/free-port";
import { startPostgres } from "@thoth/testing/postgres";
import { tempDir } from "@thoth/testing/temp-dir";
import { Client } from "pg";
import { expect, test } from "vitest";
import { openControl } from "./open-control.ts";
import { openPostgres } from "./postgres-store.ts";
import { isServerAway, untilServed } from "./server-away.ts";

const failureOf = (opening: Promise<unknown>): Promise<MeshError> =>
  opening.then(
    () => expect.fail("opened"),
    (error) => error,
  );

test.each([
  [
    "garbage where the control file was",
    async (folder: string) => {
      await seedControlStore(folder);
      await writeFile(join(folder, "global", "pg_control"), "garbage");
    },
  ],
  [
    "a folder of something else",
    async (folder: string) => {
      await mkdir(folder);
      await writeFile(join(folder, "diary.txt"), "not a store");
    },
  ],
  [
    "hardly anything of a store",
    async (folder: string) => {
      await mkdir(folder);
      await writeFile(join(folder, "PG_VERSION"), "18");
    },
  ],
  ["a file", (folder: string) => writeFile(folder, "not a folder")],
])("%s is a corrupt store, and nothing of it is removed", async (_, damage) => {
  await using dir = await tempDir();
  const folder = join(dir.path, "control");
  await damage(folder);
  const before = await readdir(dir.path, { recursive: true });
  const error = await failureOf(openControl({ dataDir: folder }));
  expect(error).toMatchObject({ code: "control/corrupt-store", at: { file: folder } });
  expect(error.message).toContain(folder);
  expect(error.hint).toMatch(/backup.*move it aside/);
  const after = await readdir(dir.path, { recursive: true });
  // The engine notes its process while it looks at a store.
  expect(after.filter((name) => !name.endsWith("postmaster.pid")).toSorted()).toEqual(before.toSorted());
});

test("an empty folder, and one that an interrupted start left half-made, become a store", async () => {
  await using dir = await tempDir();
  const folder = join(dir.path, "control");
  await mkdir(folder);
  await mkdir(`${folder}.new`);
  await writeFile(join(`${folder}.new`, "PG_VERSION"), "18");
  await using control = await openControl({ dataDir: folder });
  expect(await control.query("select 1 as one")).toEqual([{ one: 1 }]);
  expect(await readdir(dir.path)).toEqual(["control"]);
});

test("a place where no folder can be made is said", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "file"), "");
  const error = await failureOf(openControl({ dataDir: join(dir.path, "file", "control") }));
  expect(error).toMatchObject({ code: "control/store-not-created" });
});

test("a server that is not there is named without its password", async () => {
  const port = await freePort();
  const error = await failureOf(openControl({ url: `postgres://mesh:top-secret@127.0.0.1:${port}/mesh` }));
  expect(error).toMatchObject({ code: "control/unreachable" });
  expect(error.message).toContain(`mesh@127.0.0.1:${port}/mesh`);
  expect(error.message).toContain("ECONNREFUSED");
  expect(`${formatMeshError(error)} ${inspect(error, { depth: 9 })}`).not.toContain("top-secret");
});

test("a server that lets us not in, or not make tables, says why without the password", async () => {
  await using postgres = await startPostgres();
  const wrong = postgres.url.replace(/:[^:@]+@/, ":wrong-secret@");
  const refused = await failureOf(openControl({ url: wrong }));
  expect(refused).toMatchObject({
    code: "control/unreachable",
    message: expect.stringContaining("password authentication failed"),
  });
  expect(inspect(refused, { depth: 9 })).not.toContain("wrong-secret");

  const admin = new Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query("create user guest password 'guest-secret'");
  await admin.end();
  const guest = postgres.url.replace(/\/\/[^@]+@/, "//guest:guest-secret@");
  const forbidden = await failureOf(openControl({ url: guest }));
  expect(forbidden).toMatchObject({
    code: "control/migration-failed",
    message: expect.stringContaining("permission denied"),
  });
});

const mute: NetworkFault = { kind: "stall", only: "answers" };
const faults: [string, NetworkFault, RegExp][] = [
  ["takes everything and says nothing", { kind: "stall" }, /has not answered for 1 s$|no connection within 1 s$/],
  ["takes what is said, and its answers are lost", mute, /has not answered for 1 s$|no connection within 1 s$/],
  ["ends every connection", { kind: "reset" }, /ECONNRESET|terminated/],
  ["ends them", { kind: "end" }, /terminated/],
  ["has said everything", { kind: "half-close" }, /terminated/],
];

test("a network that is cut is noticed, said and, when it is whole again, used again", async () => {
  await using postgres = await startPostgres();
  await using proxy = await openCuttingProxy(Number(new URL(postgres.url).port));
  {
    await using direct = await openControl({ url: postgres.url });
    await direct.query("create table cut (number integer)");
  }
  const endless = proxy.through(postgres.url);
  const url = `${endless}?query_timeout=1000`;
  const { signal } = new AbortController();
  await using control = await untilServed(() => openControl({ url }), signal);
  for (const [number, [, fault, reason]] of faults.entries()) {
    proxy.set(fault);
    // Only silence ends by a limit: a busy machine may take longer than that for any answer.
    const beginning = await failureOf(openControl({ url: fault.kind === "stall" ? url : endless }));
    expect(beginning, fault.kind).toMatchObject({
      code: "control/unreachable",
      message: expect.stringMatching(reason),
    });
    // Connections there were: each is given up once, and no other is asked in its place.
    const writing = await failureOf(control.query("insert into cut values ($1)", [number]));
    expect(isServerAway(writing), `${fault.kind}: ${writing}`).toBe(true);
    const committing = control.transaction((handle) => handle.query("insert into cut values ($1)", [number]));
    expect(isServerAway(await failureOf(committing)), fault.kind).toBe(true);
    proxy.set({ kind: "pass" });
    expect(await untilServed(() => control.query("select 1 as one"), signal), fault.kind).toEqual([{ one: 1 }]);
  }
  // What was sent before an answer was lost may have been carried out, a transaction without its commit never.
  const counts = () => control.query<{ count: number }>("select count(*) as count from cut group by number");
  const rows = await untilServed(counts, signal);
  expect(rows.every(({ count }) => count === 1)).toBe(true);
  proxy.set({ kind: "stall" });
  // Tables may take longer to change than anything else.
  await using store = await untilServed(() => openPostgres(`${postgres.url}?query_timeout=1000`), signal);
  const slow = () => store.transaction((handle) => handle.query("select pg_sleep(1.5)"), 60_000);
  expect(await untilServed(slow, signal)).toHaveLength(1);
});

test.each(["soon", "0", "-5"])("a limit of %s for answers is refused", async (limit) => {
  const url = `postgres://mesh:top-secret@127.0.0.1:1/mesh?query_timeout=${limit}`;
  const error = await failureOf(openControl({ url }));
  expect(error).toMatchObject({ code: "control/invalid-url" });
  expect(error.message).not.toContain("top-secret");
});

test.each([
  [{ dataDir: import.meta.filename }, "control/corrupt-store", ["@electric-sql/pglite"]],
  [{ url: "postgres://127.0.0.1:1/mesh" }, "control/unreachable", ["pg"]],
])("for %o only its own driver is loaded", (location, outcome, loaded) => {
  const script = join(import.meta.dirname, "fixtures", "loaded-vendors.ts");
  const args = ["--conditions=thoth-source", script, JSON.stringify(location)];
  expect(JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }))).toEqual({ outcome, loaded });
});
