import { controlError } from "@thoth/control/errors";
import { untilServed } from "@thoth/control/server-away";
import { findMeshError } from "@thoth/kernel/error-chain";
import { type CuttingProxy, type NetworkFault, openCuttingProxy } from "@thoth/testing/cutting-proxy";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import type { TestDomain } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { holdDomains } from "../domain-hold.ts";
import { type Fence, fenceMesh } from "../fenced-mesh.ts";

const farm: TestDomain = {
  name: "farm",
  streams: { eggs: { columns: { id: "INTEGER" } } },
  clean: { eggs: "select id from raw.eggs" },
  products: { eggs: { sql: "select id from clean.eggs", key: ["id"], columns: { id: "integer" } } },
};

let postgres: TestPostgres;
let proxy: CuttingProxy;
let world: TestMesh;

beforeAll(async () => {
  postgres = await startPostgres();
  proxy = await openCuttingProxy(Number(new URL(postgres.url).port));
  const direct = await postgres.createDatabase("farms");
  // Its tables are made without a limit.
  await (await openTestMesh([], { controlUrl: direct }))[Symbol.asyncDispose]();
  const controlUrl = `${proxy.through(direct)}?query_timeout=2000`;
  world = await served(() => openTestMesh([farm], { controlUrl, now: Date.now(), graceMs: 60_000 }));
});

afterAll(async () => {
  proxy.set({ kind: "pass" });
  await world[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
/** A busy machine may take longer for an answer than there is time for one here. */
const served = <Answer>(ask: () => Promise<Answer>) => untilServed(ask, signal);
let laid = 0;
const layEgg = () => world.source("eggs.csv", `id\n${Array.from({ length: ++laid }, (_, id) => `${id}\n`).join("")}`);
const eggs = () => Array.from({ length: laid }, (_, id) => ({ id }));

/** With the bytes of answers behind which it begins. */
const faults: [NetworkFault, number][] = [
  [{ kind: "stall" }, 0],
  [{ kind: "stall", only: "answers" }, 100],
  [{ kind: "reset" }, 0],
  [{ kind: "end" }, 100],
  [{ kind: "half-close" }, 0],
  [{ kind: "slow", bytesPerSecond: 20_000 }, 0],
];

test.each(faults)(
  "a run whose control plane is cut off by %o goes on when the network is whole again",
  async (fault) => {
    await layEgg();
    let healing: Promise<unknown> | undefined;
    const onProgress = ({ kind, job }: { kind: string; job: { id: string } }) => {
      if (kind !== "started" || job.id !== "farm/clean/eggs") return;
      proxy.set(fault);
      healing = new Promise((healed) => setTimeout(healed, 3_000)).then(() => proxy.set({ kind: "pass" }));
    };
    const runs = await world.run({ onProgress });
    await healing;
    expect([...runs.values()].map(({ status }) => status)).toEqual(["success", "success", "success", "success"]);
    expect(await served(() => world.rows("farm/eggs"))).toEqual(eggs());
    const rows = await served(() => world.mesh.ledger.list({ limit: 1000 }));
    expect(rows.filter(({ status }) => status === "running")).toEqual([]);
    // Each job once on the ledger, and each publish once.
    expect(rows).toHaveLength(4 * laid);
    expect(await served(() => world.mesh.pointers.history("farm", "eggs"))).toHaveLength(laid);
  },
);

test("a run that is stopped while its control plane says nothing ends, and the next one ends it on the ledger", async () => {
  await layEgg();
  const stop = new AbortController();
  const onProgress = ({ kind, job }: { kind: string; job: { id: string } }) => {
    if (kind !== "started" || job.id !== "farm/clean/eggs") return;
    proxy.set({ kind: "stall" });
    stop.abort(new DOMException("stopped by SIGTERM", "AbortError"));
  };
  const ending = world.run({ onProgress, signal: stop.signal });
  expect(findMeshError(await ending.catch((failure: unknown) => failure))).toMatchObject({
    code: "control/unreachable",
    message: expect.stringMatching(/has not answered for 2 s$|no connection within 2 s$/),
  });
  proxy.set({ kind: "pass" });
  await served(() => world.mesh.control.query("update mesh.domain_locks set holder = null, worker_id = null"));
  expect((await world.run()).get("farm/domain")).toMatchObject({ status: "success" });
  expect(await served(() => world.rows("farm/eggs"))).toEqual(eggs());
  const all = await served(() => world.mesh.ledger.list({ limit: 1000 }));
  expect(all.filter(({ completedAt }) => completedAt === null)).toEqual([]);
});

test("a run whose control plane says nothing any more ends by itself", async () => {
  const direct = await postgres.createDatabase("silent_farms");
  await using line = await openCuttingProxy(Number(new URL(postgres.url).port));
  await (await openTestMesh([], { controlUrl: direct }))[Symbol.asyncDispose]();
  const controlUrl = `${line.through(direct)}?query_timeout=2000`;
  await using silent = await served(() => openTestMesh([farm], { controlUrl, graceMs: 2_000 }));
  await silent.source("eggs.csv", "id\n1\n");
  const onProgress = ({ kind, job }: { kind: string; job: { id: string } }) => {
    if (kind === "started" && job.id === "farm/clean/eggs") line.set({ kind: "stall" });
  };
  const failure = await silent.run({ onProgress }).catch((reason: unknown) => reason);
  expect(findMeshError(failure)).toMatchObject({ code: "control/unreachable" });
});

/** Does something under a lock, as a commit of rows is done. */
async function under(domain: string, work: Parameters<Fence>[1]): Promise<unknown> {
  await using hold = await holdDomains(world.mesh, [domain], { signal });
  const { fence } = fenceMesh(world.mesh, hold);
  return await fence?.(domain, work);
}

/** Breaks every connection there is; others can be made. */
function breakAll(): void {
  proxy.set({ kind: "reset" });
  proxy.set({ kind: "pass" });
}

test.each<[string, () => void]>([
  ["broken", breakAll],
  [
    "cut off",
    () => {
      proxy.set({ kind: "stall" });
      setTimeout(() => proxy.set({ kind: "pass" }), 3_000);
    },
  ],
])(
  "what was done under a lock counts where the connection that proved it is %s, if nobody took it",
  async (how, cut) => {
    let done = 0;
    const work = async () => {
      cut();
      return ++done;
    };
    expect(await under(`barn ${how}`, work)).toBe(1);
    expect(done).toBe(1);
  },
);

test("what was done while somebody took the lock, behind a connection that broke, ends as what has lost it", async () => {
  const { control } = world.mesh;
  const take = () => control.query("update mesh.domain_locks set token = token + 1 where domain = 'taken barn'");
  const work = async () => {
    breakAll();
    await untilServed(take, signal);
  };
  await expect(under("taken barn", work)).rejects.toMatchObject({ code: "control/lock-lost" });
});

test("what fails under a lock fails as it did, whatever becomes of the connection", async () => {
  const work = async () => {
    breakAll();
    throw controlError["never-published"]({ product: "farm/eggs" });
  };
  await expect(under("burning barn", work)).rejects.toMatchObject({ code: "control/never-published" });
});

test.each<[string, "answers" | "requests"]>([
  ["was taken, and of which nobody heard,", "answers"],
  ["was asked for, and given up before the question came through,", "requests"],
])("a lock that %s is given back", async (_how, only) => {
  const { mesh } = world;
  // Connections that are there are used: who asks waits for an answer, and not for a connection.
  await served(() => mesh.control.query("select 1"));
  const stop = new AbortController();
  const query: typeof mesh.control.query = (sql, params) => {
    if (isClaim(sql) && !stop.signal.aborted) {
      proxy.set({ kind: "stall", only });
      setTimeout(() => stop.abort(new DOMException("stopped by SIGTERM", "AbortError")), 500);
    }
    return mesh.control.query(sql, params);
  };
  const stalled = { ...mesh, control: { ...mesh.control, query } };
  const domain = `late barn, ${only}`;
  await expect(holdDomains(stalled, [domain], { signal: stop.signal })).rejects.toThrow();
  proxy.set({ kind: "pass" });
  await expect(under(domain, async () => "done")).resolves.toBe("done");
});

/** The statement by which a lock is taken, behind the one that looks at it. */
function isClaim(sql: string): boolean {
  return /^insert into mesh\.domain_locks/.test(sql);
}
