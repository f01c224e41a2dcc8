import { Authority, hasOpenssl } from "@thoth/testing/certificate-authority";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openControl } from "./open-control.ts";

describe.skipIf(!hasOpenssl)("a server whose certificate is verified", () => {
  let dir: TempDir;
  let postgres: TestPostgres;
  let ours: Authority;
  let others: Authority;

  beforeAll(async () => {
    dir = await tempDir();
    postgres = await startPostgres();
    ours = new Authority(dir.path, "ours");
    others = new Authority(dir.path, "others");
  });
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  });

  const open = async (settings: string) => {
    await using control = await openControl({ url: `${postgres.url}?${settings}` });
    const rows = await control.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()");
    return rows[0];
  };
  const known = () => `sslmode=verify-full&sslrootcert=${encodeURIComponent(ours.certificate)}`;

  test("is used when it is of an authority that is named, of this name, and good; else the reason is said", async () => {
    const unreachable = (reason: RegExp) => ({ code: "control/unreachable", message: expect.stringMatching(reason) });
    await expect(open(known())).rejects.toMatchObject(unreachable(/does not support SSL/));
    await postgres.certify(ours.sign("IP:127.0.0.1", 2));
    expect(await open(known())).toEqual({ ssl: true });
    await expect(open("sslmode=verify-full")).rejects.toMatchObject(unreachable(/self-signed certificate|unable to/));
    await expect(open("sslmode=verify-full&sslrootcert=/none.pem")).rejects.toMatchObject(unreachable(/\/none\.pem/));
    await postgres.certify(ours.sign("DNS:db.example.org", 2));
    await expect(open(known())).rejects.toMatchObject(unreachable(/altnames/));
    await postgres.certify(ours.sign("IP:127.0.0.1", -1));
    await expect(open(known())).rejects.toMatchObject(unreachable(/certificate has expired/));
    await postgres.certify(others.sign("IP:127.0.0.1", 2));
    await expect(open(known())).rejects.toMatchObject(unreachable(/unable to verify|self-signed/));
  });
});
