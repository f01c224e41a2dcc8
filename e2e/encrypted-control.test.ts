import { join } from "node:path";
import { Authority, hasOpenssl } from "@thoth/testing/certificate-authority";
import { startPostgres, type TestPostgres } from "@thoth/testing/postgres";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MeshResult } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

describe.skipIf(!hasOpenssl)("a control plane whose certificate is verified", () => {
  let dir: TempDir;
  let project: SmallProject;
  let postgres: TestPostgres;
  let ours: Authority;
  let others: Authority;

  beforeAll(async () => {
    [dir, project, postgres] = await Promise.all([tempDir(), loansProject(), startPostgres()]);
    ours = new Authority(dir.path, "ours");
    others = new Authority(dir.path, "others");
    await postgres.certify(ours.sign("IP:127.0.0.1", 2));
  });
  afterAll(async () => {
    // Missing where they could not be set up.
    await postgres?.[Symbol.asyncDispose]();
    await project?.[Symbol.asyncDispose]();
    await dir?.[Symbol.asyncDispose]();
  });

  /** Runs a command that believes this authority. */
  const mesh = (args: readonly string[], authority: string): Promise<MeshResult> =>
    project.mesh(args, {
      MESH_CONTROL_URL: `${postgres.url}?sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`,
    });

  test("is used by commands that are told its authority, and what they do is there for the next", async () => {
    expect(await mesh(["run"], ours.certificate)).toMatchObject({ code: 0 });
    const { code, out } = await mesh(["runs", "--json"], ours.certificate);
    expect(code).toBe(0);
    expect(JSON.parse(out).map(({ pipeline, status }: Record<string, string>) => `${pipeline} ${status}`)).toContain(
      "product/loans success",
    );
  });

  test.each<[string, () => string, RegExp]>([
    ["another one", () => others.certificate, /unable to verify|self-signed/],
    ["one that is not there", () => join(dir.path, "none.pem"), /none\.pem/],
  ])("is refused where its authority is %s: the reason is said, and no password", async (_, authority, reason) => {
    const { code, out, err } = await mesh(["runs"], authority());
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain("control/unreachable");
    expect(err).toMatch(reason);
    expect(err).toContain("MESH_CONTROL_URL");
    const { password } = new URL(postgres.url);
    expect(password.length).toBeGreaterThan(0);
    expect(err).not.toContain(password);
  });
});
