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
  const knock = (name: string, address: string) =>
    shares.knock(address, ({ message }) => sent.push(`${name}: ${message.split(" are open")[0]}`));
  knock("a", "10.0.0.1");
  knock("b", "10.0.0.1")[Symbol.dispose]();
  knock("c", "10.0.0.1");
  expect(sent.splice(0)).toEqual([]);
  knock("d", "10.0.0.1");
  expect(sent.splice(0)).toEqual(["a: 2 connections from 10.0.0.1 that have not signed in"]);
  knock("e", "10.0.0.2");
  expect(sent.splice(0)).toEqual([]);
  knock("f", "10.0.0.3");
  expect(sent.splice(0)).toEqual(["c: 3 connections that have not signed in"]);
  knock("g", "10.0.0.1");
  expect(sent.splice(0)).toEqual(["d: 3 connections that have not signed in"]);
});

test("silent connections lock nobody out of their own address, and are told why they go", async () => {
  await using door = await openSqlDoor({ limits: { signInMs: 600_000, pending: { address: 5, all: 10 } } });
  const silent = await Promise.all(Array.from({ length: 5 }, () => connectRaw(door.port)));
  const client = await door.connect();
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await client.end();
  const gone = await Promise.race(silent.map((each) => each.ended.then(() => each)));
  expect(gone.received().toString("latin1")).toMatch(/FATAL.*53300.*5 connections from 127\.0\.0\.1/s);
  for (const each of silent) each[Symbol.dispose]();
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
  // To sign in, too, may take a busy machine longer than that.
  const signIn = async () => (await door.connect({ ssl: { rejectUnauthorized: false } })).end().then(() => "served");
  await expect.poll(signIn).toBe("served");
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
  const idle = await door.connect({ user: "anonymous" });
  expect(await idle.sentAway).toMatchObject({ code: "57P05" });
  using inside = await connectRaw(door.port);
  const begin = message("Q", (writer) => writer.text("begin"));
  // At once, so that it is never idle outside of its transaction.
  inside.socket.write(Buffer.concat([startup({ user: "anonymous", database: "mesh" }), begin]));
  await inside.ended;
  expect(inside.received().toString("latin1")).toMatch(/BEGIN.*57P05/s);
  expect((await known.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await known.end();
});

test("a message that comes one byte at a time is waited for no longer than any other", async () => {
  await using door = await openSqlDoor({ limits: { anonymousIdleMs: 300 } });
  using client = await connectRaw(door.port);
  client.socket.write(startup({ user: "anonymous", database: "mesh" }));
  const bytes = message("Q", (writer) => writer.text("x".repeat(1_000)));
  let sent = 0;
  const drip = setInterval(() => client.socket.write(bytes.subarray(sent, ++sent)), 20);
  await client.ended;
  clearInterval(drip);
  expect(client.received().toString("latin1")).toContain("gateway/sql-idle");
});
