import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectRaw, type RawClient, startup } from "./fixtures/raw-client.ts";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";
import { message } from "./protocol/message-writer.ts";

const mebibyte = 2 ** 20;
const stallMs = 700;

let door: SqlDoor;

beforeAll(async () => {
  door = await openSqlDoor({ limits: { stallMs, connections: 2 } });
});
afterAll(() => door?.[Symbol.asyncDispose]());

const query = (text: string) => message("Q", (writer) => writer.text(text));
const parse = (name: string, text: string) => message("P", (writer) => writer.text(name).text(text).int16(0));
const describeStatement = (name: string) => message("D", (writer) => writer.raw(Buffer.from("S")).text(name));
const run = (name: string) =>
  Buffer.concat([
    message("B", (writer) => writer.text("").text(name).int16(0).int16(0).int16(0)),
    message("E", (writer) => writer.text("").int32(0)),
  ]);
const times = (count: number, part: Buffer) => Buffer.concat(Array.from({ length: count }, () => part));

async function signedIn(): Promise<RawClient> {
  const client = await connectRaw(door.port);
  client.socket.write(startup({ user: "anonymous", database: "mesh" }));
  await client.until("Z");
  return client;
}

async function connected() {
  const client = await door.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** Whether there is one connection less than there may be. */
async function hasRoom(): Promise<boolean> {
  try {
    await (await door.connect()).end();
    return true;
  } catch {
    return false;
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What is kept outside of the heap: whatever waits to be sent, above all. What nobody holds any more does not count. */
function keptBytes(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

const wide = `select ${Array.from({ length: 60 }, (_, index) => `${index} as "a column with a long name ${index}"`)}`;

test.each<[string, Buffer]>([
  ["statement after statement", times(40_000, query("show all"))],
  ["for thousands of statements in each message", times(20, query(times(10_000, Buffer.from("show all;")).toString()))],
  ["what a statement's columns are", Buffer.concat([parse("w", wide), times(60_000, describeStatement("w"))])],
  [
    "for the same again and again, by the extended protocol",
    Buffer.concat([parse("s", "show all"), times(8_000, run("s"))]),
  ],
])("who asks %s and takes no answer is cut off, and little is kept for it", async (_, flood) => {
  using client = await signedIn();
  const before = keptBytes();
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, keptBytes() - before);
  }, 50);
  client.socket.pause();
  client.socket.write(flood);
  await using other = await connected();
  expect((await other.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await expect.poll(hasRoom).toBe(true);
  clearInterval(look);
  expect(most).toBeLessThan(flood.length + 48 * mebibyte);
});
