import { copyFile, writeFile } from "node:fs/promises";
import type { TLSSocket } from "node:tls";
import type pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectRaw, request, startup } from "../fixtures/raw-client.ts";
import { keyOfRobot, openSqlDoor, type SqlDoor, tokenOfAda, unverifiable } from "../fixtures/sql-door.ts";
import { tempCertificate } from "../fixtures/temp-cert.ts";

let door: SqlDoor;

beforeAll(async () => {
  door = await openSqlDoor({ limits: { failedSignIns: { failures: 1000, windowMs: 1000 }, reviewMs: 50 } });
});
afterAll(() => door?.[Symbol.asyncDispose]());

const who = "select count(*)::int as books, max(shelf) is not null as internal from library_loans.books";

describe("who is let in", () => {
  test.each([
    ["a person with a token", "ada", tokenOfAda],
    ["a token alone", "token", tokenOfAda],
    ["a service by SCRAM", "service:robot", keyOfRobot],
    ["a service by the id of its key", "mk_00112233aa", keyOfRobot],
    ["a service that tells its key", "robot", keyOfRobot],
  ])("%s", async (_, user, password) => {
    const client = await door.connect({ user, password });
    expect((await client.query(who)).rows).toEqual([{ books: 3, internal: true }]);
    await client.end();
  });

  test("anybody as anonymous, who sees what is public", async () => {
    const client = await door.connect({ user: "anonymous", password: undefined });
    expect((await client.query("select count(*)::int as books from library_loans.books")).rows).toEqual([{ books: 3 }]);
    await expect(client.query(who)).rejects.toMatchObject({ code: "42703" });
    await client.end();
  });
});

describe("who is not", () => {
  test.each<[string, pg.ClientConfig, string, string]>([
    ["a wrong token", { password: "wrong" }, "28P01", "access/token-invalid"],
    ["no password", { password: "" }, "28P01", "access/token-invalid"],
    ["somebody else's token", { user: "eve" }, "28P01", "gateway/sql-other-user"],
    ["a service with another key", { user: "service:robot", password: "no" }, "28P01", "gateway/sql-sign-in-refused"],
    ["a service there is none of", { user: "service:ghost", password: "no" }, "28P01", "gateway/sql-sign-in-refused"],
    ["another database", { database: "postgres" }, "3D000", "gateway/sql-unknown-database"],
    ["an unknown setting", { options: "-c nothing.like=this" }, "42704", "gateway/sql-unknown-setting"],
    ["a replica", { replication: "database" } as pg.ClientConfig, "0A000", "gateway/sql-unsupported"],
  ])("%s", async (_, config, code, detail) => {
    const refused = door.connect(config);
    await expect(refused).rejects.toMatchObject({ severity: "FATAL", code, detail: expect.stringContaining(detail) });
  });

  test("a refusal is told of, and never what was refused", async () => {
    const before = door.refusals.length;
    await door.connect({ password: "secret-token" }).catch(() => undefined);
    expect(door.refusals.slice(before)).toMatchObject([{ principal: undefined, code: "access/token-invalid" }]);
    expect(JSON.stringify([door.refusals, door.logged])).not.toContain("secret-token");
  });

  test("names of services cannot be probed", async () => {
    const answers = await Promise.all(
      ["service:robot", "service:ghost"].map(async (user) => {
        using client = await connectRaw(door.port);
        client.socket.write(startup({ user, database: "mesh" }));
        await client.until("R");
        return client.received().toString("latin1");
      }),
    );
    expect(answers[0]).toContain("SCRAM-SHA-256");
    expect(answers[1]).toBe(answers[0]);
  });

  test("whoever has failed too often waits", async () => {
    await using strict = await openSqlDoor({ limits: { failedSignIns: { failures: 2, windowMs: 60_000 } } });
    // An issuer that is down shuts nobody else out.
    const told = "access/token-unverifiable";
    for (const _ of [1, 2, 3]) {
      const refused = strict.connect({ password: unverifiable });
      await expect(refused).rejects.toMatchObject({ code: "28P01", detail: expect.stringContaining(told) });
    }
    for (const _ of [1, 2]) await strict.connect({ password: "wrong" }).catch(() => undefined);
    await expect(strict.connect()).rejects.toMatchObject({ code: "28P01", detail: "gateway/sql-too-many-attempts" });
  });
});

describe("a credential that is not good any more", () => {
  test.each([
    ["ada", tokenOfAda, "ada"],
    ["service:robot", keyOfRobot, "service:robot"],
  ])("of %s ends the session by itself", async (user, password, name) => {
    const client = await door.connect({ user, password });
    const ended = new Promise<Error>((resolve) => client.once("error", resolve));
    await client.query("select 1");
    door.revoked.add(name);
    expect(await ended).toMatchObject({ severity: "FATAL", code: "57P01" });
    door.revoked.delete(name);
  });
});

describe("encryption", () => {
  test.each([
    ["TLS", 80877103],
    ["GSSAPI", 80877104],
  ])("%s that is not there is answered with no, and the connection goes on", async (_, code) => {
    using client = await connectRaw(door.port);
    client.socket.write(request(code));
    while (client.received().length === 0) await new Promise((resolve) => client.socket.once("data", resolve));
    expect(client.received().toString()).toBe("N");
    client.socket.write(startup({ user: "anonymous", database: "mesh" }));
    await Promise.race([client.ended, new Promise((resolve) => client.socket.once("data", resolve))]);
    expect(client.received()[1]).toBe("R".charCodeAt(0));
  });

  test("over TLS a token is taken, and what comes before it begins is refused", async ({ skip }) => {
    await using certificate = await tempCertificate();
    if (certificate === undefined) return skip("there is no openssl on this machine");
    await using encrypted = await openSqlDoor({ tls: certificate });
    const client = await encrypted.connect({ ssl: { rejectUnauthorized: false } });
    expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await client.end();
    using raw = await connectRaw(encrypted.port);
    raw.socket.write(Buffer.concat([request(80877103), startup({ user: "anonymous", database: "mesh" })]));
    await raw.ended;
    expect(raw.received().toString("latin1")).not.toContain("AuthenticationOk");
    expect(raw.received().toString("latin1")).not.toContain("server_version");
  });

  test("a certificate that takes another's place counts from the next connection on, and one that is none does not", async ({
    skip,
  }) => {
    await using first = await tempCertificate();
    await using second = await tempCertificate();
    if (first === undefined || second === undefined) return skip("there is no openssl on this machine");
    await using encrypted = await openSqlDoor({ tls: first });
    const certificate = async () => {
      const client = await encrypted.connect({ ssl: { rejectUnauthorized: false } });
      const { stream } = client.connection as unknown as { readonly stream: TLSSocket };
      const { raw } = stream.getPeerCertificate();
      await client.end();
      return raw;
    };
    const before = await certificate();
    await copyFile(second.key, first.key);
    // Half of the change is no pair.
    expect(await certificate()).toEqual(before);
    expect(encrypted.logged).toHaveLength(2);
    expect(encrypted.logged[1]).toContain("the SQL port goes on with the certificate it has");
    await copyFile(second.cert, first.cert);
    const after = await certificate();
    expect(after).not.toEqual(before);
    await writeFile(first.cert, "no certificate");
    expect(await certificate()).toEqual(after);
  });

  test("files that hold no certificate are named", async () => {
    const opening = openSqlDoor({ tls: { cert: import.meta.filename, key: "/nowhere/key.pem" } });
    await expect(opening).rejects.toMatchObject({ code: "gateway/sql-tls-files", at: { file: "/nowhere/key.pem" } });
  });
});
