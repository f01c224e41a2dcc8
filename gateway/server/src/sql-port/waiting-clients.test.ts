import type { Socket } from "node:net";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keyOfRobot, openSqlDoor, robot, type SqlDoor } from "./fixtures/sql-door.ts";

const rowsOf = "select number, note from library_loans.visits";
const anonymous = { user: "anonymous", password: undefined };
const asRobot = { user: robot.name, password: keyOfRobot };

/** Answers that somebody waits for come at once, not when a statement of somebody else has timed out. */
const soonMs = 300_000;
const longMs = 10 * soonMs;
const patient = {
  statementMs: longMs,
  stallMs: longMs,
  idleInTransactionMs: longMs,
  anonymousIdleInTransactionMs: longMs,
};
const engine = { limits: { timeMs: longMs } };

async function openCursor(door: SqlDoor, config: pg.ClientConfig): Promise<pg.Client> {
  const client = await door.connect(config);
  await client.query("begin");
  await client.query(`declare c cursor for ${rowsOf}`);
  expect((await client.query("fetch 1 from c")).rows).toHaveLength(1);
  return client;
}

async function count(door: SqlDoor, config?: pg.ClientConfig): Promise<number> {
  const client = await door.connect(config);
  const { rows } = await client.query({
    text: "select count(*)::int as n from library_loans.visits",
    query_timeout: soonMs,
  } as pg.QueryConfig);
  await client.end();
  return rows[0].n;
}

describe("clients that let their rows wait", () => {
  let door: SqlDoor;
  beforeAll(async () => {
    door = await openSqlDoor({ limits: patient, engine });
  });
  afterAll(() => door?.[Symbol.asyncDispose]());

  test("cursors that nobody asks leave the engine to others, and lose no row", async () => {
    const idle = [await openCursor(door, anonymous), await openCursor(door, anonymous), await openCursor(door, {})];
    expect(await count(door, anonymous)).toBe(200_000);
    expect(await count(door)).toBe(200_000);
    for (const client of idle) {
      const some = await client.query("fetch 1000 from c");
      const rest = await client.query("fetch all from c");
      const numbers = [...some.rows, ...rest.rows].map(({ number }) => Number(number));
      expect(numbers).toEqual(Array.from({ length: 199_999 }, (_, index) => index + 1));
      await client.end();
    }
  });

  test("who reads nothing of an answer does not keep the engine from others", async () => {
    const deaf = await Promise.all([anonymous, {}, asRobot].map((config) => door.connect(config)));
    const before = door.reads.length;
    for (const client of deaf) {
      client.query("select v.*, note from library_loans.visits v").catch(() => undefined);
      setImmediate(() => (client as unknown as { connection: { stream: Socket } }).connection.stream.pause());
    }
    const begun = () => door.reads.slice(before).filter(({ outcome }) => outcome === "begun");
    await expect.poll(begun).toHaveLength(3);
    expect(await count(door, anonymous)).toBe(200_000);
    expect(await count(door)).toBe(200_000);
    for (const client of deaf) (client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
  });
});

test("what is too large to be kept has one connection at most, and says so to whoever comes too late", async () => {
  const waiting = { resultBytes: 300_000, readerBytes: 300_000, allBytes: 600_000, holding: 1, patienceMs: 10 };
  await using door = await openSqlDoor({ limits: { ...patient, waiting }, engine });
  const readers = [await openCursor(door, anonymous), await openCursor(door, {}), await openCursor(door, asRobot)];
  const counts = await Promise.all([count(door), count(door), count(door, anonymous)]);
  expect(counts).toEqual([200_000, 200_000, 200_000]);
  const ends = await Promise.allSettled(readers.map((client) => client.query("fetch all from c")));
  const refused = ends.filter((end) => end.status === "rejected");
  expect(refused.map(({ reason }) => reason)).toMatchObject(
    Array.from({ length: 2 }, () => ({ code: "53400", detail: "gateway/sql-rest-too-large" })),
  );
  expect(ends.find((end) => end.status === "fulfilled")?.value.rows).toHaveLength(199_999);
  await Promise.all(readers.map((client) => client.end()));
});

test("who has much judged does not keep others from it", async () => {
  await using door = await openSqlDoor();
  const order: string[] = [];
  const slow = (from: number) => {
    const choices = Array.from({ length: 250 }, (_, index) => `(pages = ${from + index} and price = ${index})`);
    return `select * from library_loans.books where ${choices.join(" or ")}`;
  };
  const ask = async (name: string, text: string, config: pg.ClientConfig) => {
    const client = await door.connect(config);
    return async () => {
      await client.query(text).catch(() => undefined);
      order.push(name);
      await client.end();
    };
  };
  const greedy = await Promise.all([0, 1, 2, 3, 4, 5].map((from) => ask("anonymous", slow(from), anonymous)));
  const known = await ask("ada", "select count(*) from library_loans.books", {});
  await Promise.all([...greedy, known].map((run) => run()));
  expect(order.indexOf("ada")).toBeLessThan(3);
});

test.each([
  ["a text", "select string_agg(note || note || note || note || note || note, '') from library_loans.visits"],
  ["a list", "select list(note || note || note || note || note || note) from library_loans.visits"],
])("%s that is too large is refused before it is copied", async (_, text) => {
  await using door = await openSqlDoor();
  const client = await door.connect();
  const counted = client.query(text).then(({ rowCount }) => rowCount);
  await expect(counted).rejects.toMatchObject({ code: "54000", detail: "access/sql-row-too-large" });
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await client.end();
});
