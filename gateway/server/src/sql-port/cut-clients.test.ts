import { type CuttingProxy, type NetworkFault, openCuttingProxy } from "@thoth/testing/cutting-proxy";
import type pg from "pg";
import { expect, test } from "vitest";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";

const longMs = 3_000_000;
const patient = { statementMs: longMs, stallMs: longMs };
/** One place, and one turn at the engine: whoever keeps either is noticed by the next. */
const one = { connections: 1, anonymousConnections: 1, readerConnections: 1, addressConnections: 1 };
const engine = { limits: { connections: 1, timeMs: longMs } };

/** Soon there is room for a client, when the server has noticed that the one before is gone. */
async function connectInTurn(door: SqlDoor, port: number): Promise<pg.Client> {
  let client: pg.Client | undefined;
  const connect = async () => {
    client = await door.connect({ port }).catch((failure) => {
      if (failure.detail !== "gateway/sql-too-many-connections") throw failure;
      return undefined;
    });
    return client !== undefined;
  };
  await expect.poll(connect).toBe(true);
  return client as unknown as pg.Client;
}

/** More than all buffers between a server and its client hold. */
const much = "select number, repeat(note, 20) as notes from library_loans.visits";
const some = "select number, note from library_loans.visits";

interface Cut {
  readonly fault: NetworkFault;
  readonly afterBytes: number;
  readonly statement: string;
}

async function readThrough(proxy: CuttingProxy, door: SqlDoor, cut: Cut) {
  return (await beginThrough(proxy, door, cut)).read;
}

/** Also with the bytes that had been answered when the fault was set: signing in is answered, too. */
async function beginThrough(proxy: CuttingProxy, door: SqlDoor, { fault, afterBytes, statement }: Cut) {
  proxy.set({ kind: "pass" });
  const client = await connectInTurn(door, proxy.port);
  const before = proxy.answered();
  proxy.set(fault, afterBytes);
  const read = client.query(statement).then(
    ({ rows }) => rows.length,
    () => "cut off",
  );
  return { before, read };
}

/** With the bytes of answers behind which it begins. */
const faults: [NetworkFault, number][] = [
  [{ kind: "reset" }, 0],
  [{ kind: "reset" }, 100_000],
  [{ kind: "end" }, 100_000],
  [{ kind: "half-close" }, 100_000],
];

async function isServed(door: SqlDoor): Promise<void> {
  const client = await connectInTurn(door, door.port);
  const { rows } = await client.query("select count(*)::int as n from library_loans.visits");
  expect(rows).toEqual([{ n: 200_000 }]);
  await client.end();
}

test.each(faults)(
  "a client whose rows are cut off by %o after %d bytes keeps nobody's place",
  async (fault, afterBytes) => {
    await using door = await openSqlDoor({ limits: { ...patient, ...one }, engine });
    await using proxy = await openCuttingProxy(door.port);
    for (let round = 1; round <= 3; round += 1)
      expect(await readThrough(proxy, door, { fault, afterBytes, statement: much })).toBe("cut off");
    await isServed(door);
    expect(door.logged.filter((line) => line.startsWith("a connection broke"))).toEqual([]);
  },
);

test("a client whose line carries nothing any more is left, and keeps nobody's place", async () => {
  await using door = await openSqlDoor({ limits: { ...patient, ...one, stallMs: 300 }, engine });
  await using proxy = await openCuttingProxy(door.port);
  for (let round = 1; round <= 3; round += 1) {
    const fault = { kind: "stall", only: "answers" } as const;
    const reading = readThrough(proxy, door, { fault, afterBytes: 100_000, statement: much });
    await expect.poll(() => door.reads.filter(({ outcome }) => outcome === "begun").length).toBe(2 * round - 1);
    await isServed(door);
    // It never hears of that by itself.
    proxy.set({ kind: "reset" });
    expect(await reading).toBe("cut off");
  }
});

test("a client whose answer stands still for a while has all of it afterwards", async () => {
  await using door = await openSqlDoor({ limits: { ...patient, ...one }, engine });
  await using proxy = await openCuttingProxy(door.port);
  const fault = { kind: "stall", only: "answers" } as const;
  const { before, read } = await beginThrough(proxy, door, { fault, afterBytes: 100_000, statement: some });
  await expect.poll(() => proxy.answered()).toBeGreaterThanOrEqual(before + 100_000);
  proxy.set({ kind: "pass" });
  expect(await read).toBe(200_000);
});
