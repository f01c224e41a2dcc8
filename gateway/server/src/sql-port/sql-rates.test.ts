import type { ConsumerRates } from "@thoth/subgraph/port-policy";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RateLimits } from "../rate-limits.ts";
import { now } from "./fixtures/library.ts";
import { openSqlDoor, type SqlDoor } from "./fixtures/sql-door.ts";

const endless = { perSecond: 1_000_000, burst: 1_000_000 };
const refused = (seconds: number) => ({
  code: "53400",
  detail: "gateway/rate-exceeded",
  hint: expect.stringContaining(`after ${seconds} s`),
});

let door: SqlDoor;
let time: number;

async function openDoor(rates: Partial<ConsumerRates>): Promise<void> {
  const limits = new RateLimits({ requests: endless, values: endless, ...rates }, () => time);
  door = await openSqlDoor({ rates: limits });
}

beforeEach(() => {
  time = now;
});
afterEach(() => door?.[Symbol.asyncDispose]());

describe("statements count", () => {
  beforeEach(() => openDoor({ requests: { perSecond: 0.1, burst: 3 } }));

  test.each<[string, (text: string) => object]>([
    ["one by one", (text) => ({ text })],
    ["with values", (text) => ({ text: `${text} where $1 = 1`, values: [1] })],
    ["prepared once", (text) => ({ text, name: "once" })],
  ])("%s, and a consumer that asks too often is told how long to wait", async (_, asked) => {
    const client = await door.connect();
    const ask = () => client.query(asked("select 1 as one") as { text: string });
    for (let round = 0; round < 3; round += 1) await ask();
    await expect(ask()).rejects.toMatchObject(refused(10));
    time += 10_000;
    expect((await ask()).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  test("each of several in one message, those about the session too", async () => {
    const client = await door.connect();
    await expect(client.query("set application_name = 'a'; show all; show all; show all")).rejects.toMatchObject(
      refused(10),
    );
    await client.end();
  });

  test("for each consumer by its name, however many connections it has", async () => {
    const [first, second, other] = [
      await door.connect(),
      await door.connect(),
      await door.connect({ user: "anonymous" }),
    ];
    for (const client of [first, second, first]) await client.query("select 1");
    await expect(second.query("select 1")).rejects.toMatchObject(refused(10));
    expect((await other.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await Promise.all([first, second, other].map((client) => client.end()));
  });
});

describe("values count", () => {
  test("those of the answer", async () => {
    await openDoor({ values: { perSecond: 1_000, burst: 150_000 } });
    const client = await door.connect();
    const ask = () => client.query("select i, i + 1 as j from range(50000) t(i)");
    expect((await ask()).rows).toHaveLength(50_000);
    await expect(ask()).rejects.toMatchObject({ code: "53400", detail: "gateway/rate-exceeded" });
    await client.end();
  });

  test("a tenth of those that are looked at, before anything is read", async () => {
    await openDoor({ values: { perSecond: 1_000, burst: 30_000 } });
    const client = await door.connect();
    const ask = () => client.query("select max(number) as most from library_loans.visits");
    expect((await ask()).rows).toHaveLength(1);
    await expect(ask()).rejects.toMatchObject(refused(11));
    await client.end();
  });
});
