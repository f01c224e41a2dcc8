import { anonymous } from "@thoth/access/decision";
import { expect, test } from "vitest";
import { ConnectionShares } from "./connection-shares.ts";
import { connectRaw, request, startup } from "./fixtures/raw-client.ts";
import { ada, keyOfRobot, openSqlDoor, robot } from "./fixtures/sql-door.ts";
import { tempCertificate } from "./fixtures/temp-cert.ts";
import { message } from "./protocol/message-writer.ts";

const limits = {
  connections: 6,
  anonymousConnections: 4,
  readerConnections: 2,
  addressConnections: 3,
  pending: { address: 2, all: 3 },
};
const tooMany = (limit: number, whose: string) =>
  expect.objectContaining({ message: `${limit} connections${whose} are open, and that is the most` });

test("nobody takes the connections of others", () => {
  const shares = new ConnectionShares(limits);
  const admit = (who: typeof ada, address: string) => shares.admit(who, address);
  const first = admit(anonymous, "10.0.0.1");
  admit(anonymous, "10.0.0.1");
  expect(() => admit(anonymous, "10.0.0.1")).toThrow(tooMany(2, " of anonymous"));
  admit(ada, "10.0.0.1");
  expect(() => admit(ada, "10.0.0.1")).toThrow(tooMany(3, " from 10.0.0.1"));
  admit(anonymous, "10.0.0.2");
  admit(anonymous, "::ffff:10.0.0.3");
  expect(() => admit(anonymous, "10.0.0.4")).toThrow(tooMany(4, " of anonymous"));
  admit(robot, "10.0.0.4");
  expect(() => admit(robot, "10.0.0.4")).toThrow(tooMany(6, ""));
  first[Symbol.dispose]();
  admit(ada, "10.0.0.5");
});

test("an IPv6 network is one address", () => {
  const shares = new ConnectionShares(limits);
  for (const last of ["1", "2"]) shares.admit(anonymous, `2001:db8::${last}`);
  expect(() => shares.admit(anonymous, "2001:db8::3")).toThrow(tooMany(2, " of anonymous"));
});

test("who does not sign in makes room for whoever comes, and no address has all places", () => {
  const shares = new ConnectionShares(limits);
  const sent: string[] = [];
  const knock = (address: string) => shares.knock(address, () => sent.push(address));
  knock("10.0.0.1");
  knock("10.0.0.1");
  expect(knock("10.0.0.1")).toBeUndefined();
  knock("10.0.0.2")?.[Symbol.dispose]();
  knock("10.0.0.2");
  expect(sent).toEqual([]);
  knock("10.0.0.3");
  expect(sent).toEqual(["10.0.0.1"]);
  expect(knock("10.0.0.1")).toBeDefined();
});

test("one host that takes all it gets leaves connections to those who are known", async () => {
  await using door = await openSqlDoor({
    limits: { ...limits, pending: { address: 20, all: 100 }, addressConnections: 6 },
  });
  const taken = await Promise.allSettled(Array.from({ length: 5 }, () => door.connect({ user: "anonymous" })));
  const opened = taken.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  expect(opened).toHaveLength(2);
  const known = [await door.connect(), await door.connect({ user: robot.name, password: keyOfRobot })];
  await expect(door.connect({ user: "anonymous" })).rejects.toMatchObject({ code: "53300" });
  await Promise.all([...opened, ...known].map((client) => client.end()));
});

test("connections that never sign in, half way into TLS or not, lock nobody out", async () => {
  await using door = await openSqlDoor({ limits: { signInMs: 60_000, pending: { address: 40, all: 10 } } });
  const half = [Buffer.alloc(0), startup({ user: "ada", database: "mesh" }).subarray(0, 5), request(80877103)];
  const held = await Promise.all(Array.from({ length: 30 }, () => connectRaw(door.port)));
  for (const [index, client] of held.entries()) client.socket.write(half[index % half.length] as Buffer);
  const client = await door.connect();
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await client.end();
  for (const each of held) each[Symbol.dispose]();
});

test("whoever asks for TLS and then says nothing, or half a hello, is sent away", async () => {
  await using certificate = await tempCertificate();
  if (certificate === undefined) return;
  await using door = await openSqlDoor({ limits: { signInMs: 300 }, tls: certificate });
  const hello = Buffer.from([0x16, 3, 1, 2, 0, 1]);
  const clients = await Promise.all([0, 1, 2, 3].map(() => connectRaw(door.port)));
  for (const [index, client] of clients.entries()) {
    client.socket.write(request(80877103));
    if (index % 2 === 1) client.socket.write(hello);
  }
  await Promise.all(clients.map((client) => client.ended));
  await (await door.connect({ ssl: { rejectUnauthorized: false } })).end();
});

test("a flood of cancelling ends nothing but itself", async () => {
  await using door = await openSqlDoor();
  const client = await door.connect();
  const answer = client.query("select count(*)::int as n from library_loans.visits a, range(20) b");
  for (let round = 0; round < 20; round += 1) {
    const clients = await Promise.all(Array.from({ length: 10 }, () => connectRaw(door.port)));
    for (const each of clients) each.socket.end(request(80877102, round, round));
    await Promise.all(clients.map((each) => each.ended));
  }
  expect((await answer).rows).toEqual([{ n: 4_000_000 }]);
  await client.end();
});

test("readers without a name are sent away sooner than others", async () => {
  await using door = await openSqlDoor({ limits: { anonymousIdleMs: 80, anonymousIdleInTransactionMs: 80 } });
  const known = await door.connect();
  const [idle, inside] = [await door.connect({ user: "anonymous" }), await door.connect({ user: "anonymous" })];
  await inside.query("begin");
  const gone = [idle, inside].map((client) => new Promise((resolve) => client.once("error", resolve)));
  expect(await Promise.all(gone)).toMatchObject([{ code: "57P05" }, { code: "57P05" }]);
  expect((await known.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await known.end();
});

test("a message that comes one byte at a time is waited for no longer than any other", async () => {
  await using door = await openSqlDoor({ limits: { anonymousIdleMs: 300 } });
  using client = await connectRaw(door.port);
  client.socket.write(startup({ user: "anonymous", database: "mesh" }));
  await client.until("Z");
  const bytes = message("Q", (writer) => writer.text("x".repeat(1_000)));
  let sent = 0;
  const drip = setInterval(() => client.socket.write(bytes.subarray(sent, ++sent)), 20);
  await client.ended;
  clearInterval(drip);
  expect(client.received().toString("latin1")).toContain("gateway/sql-idle");
});
