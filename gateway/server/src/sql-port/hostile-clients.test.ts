import { type EventEmitter, once } from "node:events";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectRaw, request, startup } from "./fixtures/raw-client.ts";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";
import { message } from "./protocol/message-writer.ts";

let door: SqlDoor;

beforeAll(async () => {
  door = await openSqlDoor();
});
afterAll(() => door?.[Symbol.asyncDispose]());

const begin = startup({ user: "anonymous", database: "mesh" });

async function stillServes(at = door): Promise<void> {
  const client = await at.connect();
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await client.end();
}

describe("whatever comes, the connection ends or goes on, and the server lives", () => {
  test("bytes without meaning, before signing in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        using client = await connectRaw(door.port);
        client.socket.end(bytes);
        await client.ended;
      }),
      { numRuns: 60 },
    );
    await stillServes();
  });

  test("messages of all types with bytes without meaning, after it", async () => {
    const type = fc.constantFrom(..."QPBDECHSdcfpFX?\0");
    const messages = fc.array(fc.tuple(type, fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(messages, async (sent) => {
        using client = await connectRaw(door.port);
        client.socket.write(begin);
        for (const [name, body] of sent) client.socket.write(message(name, (writer) => writer.raw(body)));
        client.socket.end(Buffer.concat([message("S"), message("X")]));
        await client.ended;
      }),
      { numRuns: 60 },
    );
    await stillServes();
    expect(door.logged.filter((line) => line.startsWith("unexpected"))).toEqual([]);
  });

  test("a statement of random words", async () => {
    const client = await door.connect();
    const words = [
      "select",
      "from",
      "pg_class",
      "library_loans.books",
      "$1",
      "'",
      '"',
      "$$",
      "/*",
      "--",
      ";",
      "(",
      ")",
      "copy",
      "to stdout",
      "declare c cursor for",
      "fetch",
      "set",
      "\\",
      "1",
      ",",
      "*",
    ];
    const statement = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }).map((each) => each.join(" "));
    await fc.assert(
      fc.asyncProperty(statement, async (text) => {
        await client.query(text).catch(() => undefined);
        await client.query("rollback");
      }),
      { numRuns: 150 },
    );
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    expect(door.logged.filter((line) => line.startsWith("unexpected"))).toEqual([]);
    await client.end();
  });
});

describe("what is too much", () => {
  test.each<[string, Buffer[], string]>([
    ["a first message that is too long", [Buffer.from([0, 1, 0, 0])], "sql-message-too-large"],
    [
      "a password that is too long",
      [startup({ user: "ada", database: "mesh" }), Buffer.from([0x70, 0, 1, 0, 0])],
      "sql-message-too-large",
    ],
    ["a statement that is too long", [begin, Buffer.from([0x51, 0x7f, 0xff, 0xff, 0xff])], "sql-message-too-large"],
    ["an upload", [begin, message("d")], ""],
    ["asking for encryption for ever", Array.from({ length: 4 }, () => request(80877104)), ""],
    ["another version of the protocol", [startup({ user: "a" }, 0x20000)], ""],
    ["another protocol", [Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")], ""],
  ])("%s ends the connection", async (name, parts, code) => {
    using client = await connectRaw(door.port);
    for (const part of parts) client.socket.write(part);
    if (name === "an upload") client.socket.end(message("X"));
    await client.ended;
    expect(client.received().toString("latin1")).toContain(code);
  });

  test("a newer minor version is answered with the one that is spoken", async () => {
    using client = await connectRaw(door.port);
    client.socket.write(startup({ user: "anonymous", database: "mesh", "_pq_.new": "1" }, 0x30002));
    await client.until("Z");
    expect(client.received()[0]).toBe("v".charCodeAt(0));
    expect(client.received().toString("latin1")).toContain("_pq_.new");
  });

  test("a client that takes too long to sign in is sent away", async () => {
    await using hasty = await openSqlDoor({ limits: { signInMs: 1_000 } });
    using client = await connectRaw(hasty.port);
    client.socket.write(begin.subarray(0, 6));
    await client.ended;
    expect(client.received().toString("latin1")).toContain("sql-slow-sign-in");
  });

  test("a client that takes nothing of its answer is cut off, and others are served meanwhile", async () => {
    await using impatient = await openSqlDoor({ limits: { stallMs: 500 } });
    using client = await connectRaw(impatient.port);
    client.socket.write(begin);
    await client.until("Z");
    client.socket.pause();
    const ask = "select number, repeat(note, 20) from library_loans.visits";
    client.socket.write(message("Q", (writer) => writer.text(ask)));
    await stillServes(impatient);
    const told = () => impatient.reads.filter(({ reads }) => reads[0]?.model.id === "library-loans/visits");
    await expect.poll(told, { interval: 20 }).toHaveLength(2);
    expect(told()).toMatchObject([{ outcome: "begun" }, { outcome: "allowed" }]);
    expect(told()[1]?.rows).toBeLessThan(200_000);
    client.socket.resume();
    await client.ended;
  });

  test("more connections than there may be", async () => {
    await using small = await openSqlDoor({ limits: { connections: 2 } });
    const clients = [await small.connect(), await small.connect()];
    await expect(small.connect()).rejects.toMatchObject({ code: "53300" });
    await clients.pop()?.end();
    const next = await small.connect();
    await Promise.all([next, ...clients].map((client) => client.end()));
  });

  test("a session that waits too long", async () => {
    await using idle = await openSqlDoor({ limits: { idleMs: 60 } });
    const client = await idle.connect();
    expect(await client.sentAway).toMatchObject({ code: "57P05" });
  });

  test("cursors and statements that are never closed", async () => {
    await using small = await openSqlDoor({ limits: { preparedStatements: 3 } });
    const client = await small.connect();
    const prepare = (name: string) => client.query({ name, text: "select 1", values: [] });
    for (const name of ["a", "b", "c"]) await prepare(name);
    await expect(prepare("d")).rejects.toMatchObject({ code: "53400" });
    await client.query("deallocate all");
    await client.end();
  });
});

test("prepared statements that are long are fewer", async () => {
  const client = await door.connect();
  const prepare = (name: string) =>
    client.query({ name, text: `select 1 as one -- ${"x".repeat(60_000)}`, values: [] });
  for (let count = 0; count < 8; count += 1) await prepare(`long ${count}`);
  await expect(prepare("one more")).rejects.toMatchObject({ code: "53400", detail: "gateway/sql-too-many-open" });
  await client.query("deallocate all");
  expect((await prepare("one more")).rows).toEqual([{ one: 1 }]);
  await client.end();
});

describe("when it stops", () => {
  test("sessions that wait are sent away, and what runs may end", async () => {
    const stopping = await openSqlDoor({ limits: { drainMs: 3_600_000 } });
    const [waiting, working] = [await stopping.connect(), await stopping.connect()];
    // Until the server has read it, nobody can know that there is a statement.
    const taken = once((working as unknown as { readonly connection: EventEmitter }).connection, "rowDescription");
    const answer = working.query("select count(*)::int as n from library_loans.visits a, range(50) b");
    await taken;
    const stopped = stopping[Symbol.asyncDispose]();
    expect(await waiting.sentAway).toMatchObject({ severity: "FATAL", code: "57P01" });
    expect((await answer).rows).toEqual([{ n: 10_000_000 }]);
    await stopped;
  });
});
