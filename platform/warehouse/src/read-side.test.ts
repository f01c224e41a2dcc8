import { readFileSync, writeFileSync } from "node:fs";
import { mkdtempDisposable, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeSnapshot } from "./publish-snapshot.ts";
import { openReadSide, type ReadSide } from "./read-side.ts";
import type { Snapshot } from "./snapshot.ts";
import { snapshotFile } from "./snapshot-store.ts";
import { openWriteSide, type WriteSide } from "./write-side.ts";

let dir: Awaited<ReturnType<typeof mkdtempDisposable>>;
let writer: WriteSide;
let reader: ReadSide;
let store: string;

/** How long anything takes is up to the machine, and nobody who waits for it is refused. */
const patient = { maxWaitMs: 600_000 };

beforeEach(async () => {
  dir = await mkdtempDisposable(join(tmpdir(), "read-side-"));
  store = join(dir.path, "snapshots");
  writer = await openWriteSide({
    file: join(dir.path, "secret", "domain.duckdb"),
    pseudonymKey: "k",
    tmpDir: join(dir.path, "tmp"),
    // Several leave blocks that hold nothing in a file, where damage harms nobody.
    threads: 1,
  });
  const catalogs = ["learning", "splashkit_usage"];
  reader = await openReadSide({ snapshotDir: store, catalogs, connections: 2, ...patient });
});
afterEach(async () => {
  await reader[Symbol.asyncDispose]();
  await writer[Symbol.asyncDispose]();
  await dir.remove();
});

async function publish(id: string, select: string, product = "units"): Promise<Snapshot> {
  const file = snapshotFile(store, "learning", product, id);
  const table = product.replaceAll("-", "_");
  const written = await writeSnapshot(writer, { file, select, table, orderBy: [] });
  return {
    id,
    domain: "learning",
    product,
    contractVersion: "1.0.0",
    publishedAt: 0,
    watermark: null,
    runId: "r",
    ...written,
  };
}

const attachedFiles = async (engine = reader) =>
  (await engine.query("select database_name as name from duckdb_databases() where path is not null order by name")).map(
    (row) => row.name,
  );

describe("serving", () => {
  test("shows what is attached, under its name, with values bound", async () => {
    await reader.attach(await publish("001", "select i as k, 'u' || i as code from range(10) r(i)"));
    await reader.attach(await publish("001", "select 5 as k, 'x' as task", "task-completion"));
    const sql =
      "select code, task from learning.product.units join learning.product.task_completion using (k) where k = $1";
    expect(await reader.query(sql, [5])).toEqual([{ code: "u5", task: "x" }]);
    expect(reader.attached().map((snapshot) => snapshot.product)).toEqual(["units", "task-completion"]);
  });

  test("a later snapshot takes its place, an earlier one as well", async () => {
    const first = await publish("001", "select 1 as x");
    const second = await publish("002", "select 2 as y");
    for (const [snapshot, row] of [
      [first, { x: 1 }],
      [second, { y: 2 }],
      [first, { x: 1 }],
    ] as const) {
      await reader.attach(snapshot);
      expect(await reader.query("from learning.product.units")).toEqual([row]);
    }
    expect(reader.attached()).toEqual([first]);
  });

  test("the same snapshot again changes only what is known of it", async () => {
    const snapshot = await publish("001", "select 1 as x");
    await reader.attach(snapshot);
    await reader.attach({ ...snapshot, watermark: 5 });
    expect(reader.attached()).toEqual([{ ...snapshot, watermark: 5 }]);
    expect(await attachedFiles()).toHaveLength(1);
  });

  test("beside what is stored, each table without NaN and infinity, also when a later snapshot has them", async () => {
    const numbers = "select i as k, i / 2.0::double as half, (i / 2.0)::float as less, 'x' as text from range(2) r(i)";
    const shown = "select k, half, less, text from learning.finite.units order by k";
    await reader.attach(await publish("001", numbers));
    const finite = [
      { k: 0n, half: 0, less: 0, text: "x" },
      { k: 1n, half: 0.5, less: 0.5, text: "x" },
    ];
    expect(await reader.query(shown)).toEqual(finite);
    const odd = "select 2::bigint as k, 'nan'::double as half, '-infinity'::float as less, 'y' as text";
    await reader.attach(await publish("002", `${numbers} union all ${odd}`));
    expect(await reader.query(shown)).toEqual([...finite, { k: 2n, half: null, less: null, text: "y" }]);
    const stored = "select half, less from learning.product.units where k = 2";
    expect(await reader.query(stored)).toEqual([{ half: Number.NaN, less: Number.NEGATIVE_INFINITY }]);
    await reader.attach(await publish("003", `select * exclude (half), half::double as half from (${odd})`), {
      columns: ["half"],
    });
    expect(await reader.query("from learning.finite.units")).toEqual([{ half: null }]);
  });

  test("the table's name may be said, alone or with the rest", async () => {
    const snapshot = await publish("001", "select 1 as x");
    await reader.attach(snapshot, "units");
    await reader.attach(snapshot, { table: "units" });
    expect(await reader.query("from learning.product.units")).toEqual([{ x: 1 }]);
  });

  test("can be limited to some columns, and the limit changed", async () => {
    const snapshot = await publish("001", "select 1 as open, 2 as closed");
    await reader.attach(snapshot, { columns: ["open"] });
    expect(await reader.query("from learning.product.units")).toEqual([{ open: 1 }]);
    await expect(reader.query("select closed from learning.product.units")).rejects.toMatchObject({
      code: "warehouse/statement-failed",
    });
    await reader.attach(snapshot);
    expect(await reader.query("from learning.product.units")).toEqual([{ open: 1, closed: 2 }]);
    await expect(reader.attach(await publish("002", "select 3 as other"), { columns: ["open"] })).rejects.toMatchObject(
      { code: "warehouse/statement-failed" },
    );
    expect(await reader.query("from learning.product.units")).toEqual([{ open: 1, closed: 2 }]);
    expect(await attachedFiles()).toEqual(["snapshot_1"]);
  });

  test.each([
    ["from learning.product.units", "learning/units"],
    ['select 1 from "learning"."product"."task_completion" t', "learning/task-completion"],
    ["select 'é' as a, (select max(x) from SPLASHKIT_USAGE.Product.Function_Usage)", "splashkit-usage/function-usage"],
  ])("%s, before the first publish, names the product and what to do", async (sql, id) => {
    await expect(reader.query(sql)).rejects.toMatchObject({
      code: "warehouse/no-snapshot",
      message: expect.stringContaining(id),
      hint: expect.stringContaining(`mesh run ${id}`),
    });
  });

  test("a mistake of another kind stays what it is", async () => {
    await reader.attach(await publish("001", "select 1 as x"));
    await expect(reader.query("select nope from learning.product.units")).rejects.toMatchObject({
      code: "warehouse/statement-failed",
    });
    await expect(reader.query("from elsewhere.product.units")).rejects.toMatchObject({
      code: "warehouse/statement-failed",
    });
  });
});

describe("swapping under load", () => {
  const generation = (id: number) =>
    publish(String(id).padStart(3, "0"), `select ${id} as gen, i from range(${1000 + id}) r(i)`);

  test("every query sees exactly one snapshot, and after a swap the new one", async () => {
    const snapshots: Snapshot[] = [];
    for (let id = 1; id <= 20; id += 1) snapshots.push(await generation(id));
    await reader.attach(snapshots[0] as Snapshot);
    let done = false;
    let least = 1;
    let asked = 0;
    const ask = async () => {
      while (!done) {
        const atLeast = least;
        const [row] = await reader.query(
          "select min(a.gen) as low, max(b.gen) as high, count(*) as n from learning.product.units a join learning.product.units b using (i)",
        );
        asked += 1;
        expect(row?.low).toBe(row?.high);
        expect(Number(row?.n)).toBe(1000 + Number(row?.low));
        expect(Number(row?.low)).toBeGreaterThanOrEqual(atLeast);
      }
    };
    const readers = Promise.all([ask(), ask(), ask(), ask()]).finally(() => {
      done = true;
    });
    const swaps = async () => {
      for (const snapshot of snapshots.slice(1)) {
        await reader.attach(snapshot);
        least = Number(snapshot.id);
        // Some have asked before the swap and some after it.
        for (const before = asked; asked < before + 8 && !done; ) await reader.query("select 1");
      }
      done = true;
    };
    await Promise.all([readers, swaps()]);
    expect(asked).toBeGreaterThan(8 * 19 - 1);
    await reader[Symbol.asyncDispose]();
  });

  test("a query in flight finishes on the old file, which is let go when none is left", async () => {
    const catalogs = ["learning"];
    await using wide = await openReadSide({ snapshotDir: store, catalogs, connections: 3, ...patient });
    await wide.attach(await publish("001", "select i from range(3000) r(i)"));
    const pairs = "from learning.product.units a, learning.product.units b";
    const slow = wide.query(`select count(*) as n ${pairs}, range(4) c where (a.i * b.i + c.range) % 7 = 3`);
    const stop = new AbortController();
    using end = new DisposableStack();
    end.defer(() => stop.abort("enough"));
    const never = `select count(*) ${pairs}, range(10000000000) c where a.i + b.i + c.range = -1`;
    const endless = wide.query(never, [], { signal: stop.signal }).catch((reason: unknown) => reason);
    await wide.attach(await publish("002", "select 1 as only"));
    expect(await wide.query("from learning.product.units")).toEqual([{ only: 1 }]);
    await rm(snapshotFile(store, "learning", "units", "001"));
    expect(await attachedFiles(wide)).toEqual(["snapshot_1", "snapshot_2"]);
    expect(Number((await slow)[0]?.n)).toBeGreaterThan(1_000_000);
    expect(await attachedFiles(wide)).toEqual(["snapshot_1", "snapshot_2"]);
    end.dispose();
    expect(await endless).toBe("enough");
    await expect.poll(() => attachedFiles(wide)).toEqual(["snapshot_2"]);
  });
});

describe("snapshots that cannot be served", () => {
  const damage: [string, (file: string, content: Buffer) => void][] = [
    ["is garbage", (file) => writeFileSync(file, "garbage")],
    ["is empty", (file) => writeFileSync(file, "")],
    ["is cut short", (file, content) => writeFileSync(file, content.subarray(0, content.length - 5000))],
    [
      "has a damaged block",
      (file, content) => writeFileSync(file, content.fill(7, content.length / 2, content.length / 2 + 64)),
    ],
  ];
  test.each(damage)("one that %s is refused, and the old one still served", async (_, harm) => {
    await reader.attach(await publish("001", "select 1 as x"));
    const next = await publish("002", "select i, md5(i::varchar) as s from range(60000) r(i)");
    const file = snapshotFile(store, "learning", "units", "002");
    harm(file, readFileSync(file));
    await expect(reader.attach(next)).rejects.toMatchObject({
      code: "warehouse/corrupt-snapshot",
      at: { file },
      hint: expect.stringMatching(/--full/),
    });
    expect(await reader.query("from learning.product.units")).toEqual([{ x: 1 }]);
    expect(reader.attached().map((snapshot) => snapshot.id)).toEqual(["001"]);
    expect(await attachedFiles()).toEqual(["snapshot_1"]);
  });

  test("one with other rows than were published", async () => {
    const snapshot = await publish("001", "select 1 as x");
    await expect(reader.attach({ ...snapshot, rowCount: 2 })).rejects.toMatchObject({
      code: "warehouse/corrupt-snapshot",
    });
    await reader.attach(snapshot);
  });

  test("one that is not there", async () => {
    const snapshot = await publish("001", "select 1 as x");
    await expect(reader.attach({ ...snapshot, id: "999" })).rejects.toMatchObject({
      code: "warehouse/file-unreachable",
    });
  });
});

describe("bytes", () => {
  test("are what the statement wrote, piece by piece, in UTF-8", async () => {
    const pieces = await reader.bytes("select encode(t) from (values ('a'), ('é😀'), (null), ('')) v(t)");
    expect(pieces.map((piece) => Buffer.from(piece).toString("utf8"))).toEqual(["a", "é😀", "", ""]);
  });

  test("come with values bound, and afresh each time", async () => {
    const ask = (value: string) => reader.bytes("select encode($1::varchar)", [value]);
    const answers = await Promise.all(["one", "two", "three"].map(ask));
    expect(answers.map(([piece]) => Buffer.from(piece ?? []).toString())).toEqual(["one", "two", "three"]);
  });

  test("a value that was bound before is not kept for a statement with fewer", async () => {
    expect(await reader.query("select $1::integer as n", [1])).toEqual([{ n: 1 }]);
    await expect(reader.query("select $1::integer as n")).rejects.toMatchObject({ code: "warehouse/statement-failed" });
  });
});

test("statements that were used long ago are prepared again", async () => {
  const ask = (n: number) => reader.query(`select ${n} as n`);
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 300; n += 1) expect(await ask(n)).toEqual([{ n }]);
  }
});

describe("the queue", () => {
  const endless = "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 3";

  test("an abort interrupts the statement and frees its connection", async () => {
    const controller = new AbortController();
    const stuck = [1, 2].map(() => reader.query(endless, [], { signal: controller.signal }));
    const behind = reader.query("select 1 as one");
    const given = Promise.allSettled(stuck);
    expect(reader.waiting).toBe(1);
    controller.abort(new Error("client left"));
    expect(await behind).toEqual([{ one: 1 }]);
    expect((await given).map((result) => result.status === "rejected" && result.reason.message)).toEqual([
      "client left",
      "client left",
    ]);
  });

  test("an abort while waiting leaves the queue at once; the others keep their turn", async () => {
    const running = new AbortController();
    const waiting = new AbortController();
    const stuck = Promise.allSettled([1, 2].map(() => reader.query(endless, [], { signal: running.signal })));
    const first = reader.query("select 1 as n", [], { signal: waiting.signal });
    const second = reader.query("select 2 as n");
    waiting.abort(new Error("too late"));
    await expect(first).rejects.toThrow("too late");
    expect(reader.waiting).toBe(1);
    running.abort(new Error("stop"));
    expect(await second).toEqual([{ n: 2 }]);
    await stuck;
    expect(reader.waiting).toBe(0);
  });

  test("first come, first served", async () => {
    // With several connections, who begins first may end second.
    await using single = await openReadSide({ snapshotDir: store, catalogs: [], connections: 1, ...patient });
    const order: number[] = [];
    const asked = Array.from({ length: 20 }, async (_, index) => {
      await single.query("select count(*) from range(100000)");
      order.push(index);
    });
    await Promise.all(asked);
    expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test("is bounded", async () => {
    const limits = { connections: 1, maxWaiting: 2, ...patient };
    await using small = await openReadSide({ snapshotDir: store, catalogs: [], ...limits });
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => small.query("select 1")));
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
    expect(results[3]).toMatchObject({ reason: { code: "warehouse/too-many-queries" } });
  });

  test("closing refuses what waits and lets finish what runs", async () => {
    const small = await openReadSide({ snapshotDir: store, catalogs: [], connections: 1, ...patient });
    const queries = Promise.allSettled([small.query("select count(*) from range(5000000)"), small.query("select 2")]);
    await small[Symbol.asyncDispose]();
    expect((await queries).map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
  });
});

test("large sorts spill into a folder of their own, which goes away", async () => {
  const tmpDir = join(dir.path, "spill");
  const spilling = await openReadSide({
    snapshotDir: store,
    catalogs: [],
    tmpDir,
    memoryLimit: "60MB",
    threads: 1,
    connections: 1,
  });
  const sql =
    "select count(*) as n from (select md5(i::varchar) as s, i from range(1500000) r(i) order by s limit 1400000)";
  expect(await spilling.query(sql)).toEqual([{ n: 1400000n }]);
  await spilling[Symbol.asyncDispose]();
  expect(await readdir(tmpDir)).toEqual([]);
});

test("the snapshot folder is made when it does not exist", async () => {
  await using fresh = await openReadSide({ snapshotDir: join(dir.path, "elsewhere"), catalogs: ["learning"] });
  expect(await fresh.query("select 1 as one")).toEqual([{ one: 1 }]);
  expect(fresh.attached()).toEqual([]);
});
