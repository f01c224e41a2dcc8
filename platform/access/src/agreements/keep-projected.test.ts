import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openAccessRecords } from "@thoth/control/access-records";
import { type ControlPlane, openControl } from "@thoth/control/open-control";
import { seedControlStore } from "@thoth/testing/control-store";
import { startPostgres } from "@thoth/testing/postgres";
import { tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessFiles } from "../access-files.ts";
import { keepProjected, type ProjectionParts } from "./keep-projected.ts";

const closing = new AsyncDisposableStack();
let embedded: ControlPlane;
let server: ControlPlane;
let elsewhere: ControlPlane;
beforeAll(async () => {
  const dir = closing.use(await tempDir());
  await seedControlStore(join(dir.path, "control"));
  embedded = closing.use(await openControl({ dataDir: join(dir.path, "control") }));
  const postgres = closing.use(await startPostgres());
  server = closing.use(await openControl({ url: postgres.url }));
  elsewhere = closing.use(await openControl({ url: postgres.url }));
});
afterAll(() => closing.disposeAsync());

/** A control plane that counts what is asked of it beside transactions, and how often keys were read for the files. */
function counted(control: ControlPlane) {
  const counts = { looks: 0, writes: 0 };
  const watched: ControlPlane = {
    ...control,
    query: (sql, params) => {
      counts.looks++;
      return control.query(sql, params);
    },
    transaction: (work) =>
      control.transaction((handle) =>
        work({
          ...handle,
          query: (sql, params) => {
            if (params?.[0] === "service-key" && sql.startsWith("select")) counts.writes++;
            return handle.query(sql, params);
          },
        }),
      ),
  };
  return { counts, watched };
}

async function projected(control: ControlPlane, changes: Partial<ProjectionParts> = {}) {
  const home = await tempDir();
  const projection = await keepProjected({
    control,
    home: home.path,
    onTrouble: (failure) => expect.fail(String(failure)),
    lookEveryMs: 1,
    ...changes,
  });
  return {
    projection,
    ids: async () => {
      const { agreements } = JSON.parse(await readFile(accessFiles(home.path).agreements, "utf8"));
      return (agreements as { id: string }[]).map(({ id }) => id);
    },
    [Symbol.asyncDispose]: async () => {
      await projection[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

const record = (control: ControlPlane, id: string) =>
  openAccessRecords<{ id: string }>(control, "agreement", () => 0).change(() => [
    { entry: { id }, action: "made", actor: "ada", reason: "" },
  ]);

describe.each([["embedded"], ["server"]] as const)("on a control plane that is %s", (kind) => {
  const control = () => (kind === "embedded" ? embedded : server);

  test("every change of this process is written once, and is there when it is said to be in force", async () => {
    const { counts, watched } = counted(control());
    await using files = await projected(watched);
    for (const id of ["a", "b", "c", "d", "e"].map((name) => `${kind}-${name}`)) {
      await record(control(), id);
      await files.projection.enforce();
      expect(await files.ids()).toContain(id);
    }
    // The first time and once for each change, though on a server the loop looks all the time.
    expect(counts.writes).toBe(6);
    if (kind === "embedded") expect(counts.looks).toBe(0);
  });

  test("changes that are made at the same time are written no more often than they are many", async () => {
    const { counts, watched } = counted(control());
    await using files = await projected(watched);
    const ids = ["1", "2", "3", "4", "5", "6"].map((name) => `${kind}-together-${name}`);
    await Promise.all(
      ids.map(async (id) => {
        await record(control(), id);
        await files.projection.enforce();
        expect(await files.ids()).toContain(id);
      }),
    );
    expect(counts.writes).toBeGreaterThan(1);
    expect(counts.writes).toBeLessThanOrEqual(1 + ids.length);
  });
});

test("what another process changes is written once, without being told", async () => {
  const { counts, watched } = counted(server);
  await using files = await projected(watched);
  for (const id of ["far-1", "far-2", "far-3"]) {
    await record(elsewhere, id);
    await expect.poll(files.ids, { interval: 5 }).toContain(id);
  }
  expect(counts.writes).toBe(4);
  expect(counts.looks).toBeGreaterThan(0);
});

test("a server that goes away leaves the files as they are, is told of once, and is asked again", async () => {
  let isAway = false;
  const troubles: unknown[] = [];
  const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const query: ControlPlane["query"] = (sql, params) => (isAway ? Promise.reject(away) : server.query(sql, params));
  const flaky: ControlPlane = { ...server, query };
  await using files = await projected(flaky, { onTrouble: (failure) => troubles.push(failure) });
  const before = await files.ids();
  isAway = true;
  await expect.poll(() => troubles.length, { interval: 5 }).toBe(1);
  await record(server, "while-away");
  expect(await files.ids()).toEqual(before);
  isAway = false;
  await expect.poll(files.ids, { interval: 5 }).toContain("while-away");
  expect(troubles).toEqual([away]);
});
