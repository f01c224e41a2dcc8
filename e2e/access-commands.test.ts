import { join } from "node:path";
import { runCommandLine } from "@thoth/cli/command-line";
import { recordingEffects } from "@thoth/cli/testing/recording-effects";
import { seedControlStore } from "@thoth/testing/control-store";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "./mesh-process.ts";

const product = "ontrack-learning/student-progress";
const dayMs = 86_400_000;
const start = Date.parse("2026-03-02T09:00:00Z");
let home: TempDir;
let now = start;

beforeAll(async () => {
  home = await tempDir();
  await seedControlStore(join(home.path, "control"));
});
afterAll(() => home[Symbol.asyncDispose]());

/** Runs a command in a mesh that nobody serves. */
async function mesh(...args: string[]) {
  const effects = recordingEffects({ cwd: repository, env: { MESH_HOME: home.path }, now: () => now });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

const request = (...more: string[]) =>
  mesh("access", "request", product, "--purpose", "learning-research", "--reason", "Study 12", "--as", "ada", ...more);

test("from asking to the end of it, with everything on the record", async () => {
  const asked = await request("--role", "unit-researcher", "--until", "2026-05-31", "--rows", "unit_code=COS10001");
  expect(asked).toMatchObject({ code: 0, err: "" });
  const id = /^(ag_[0-9a-f]{10}): ada asks for/.exec(asked.out)?.[1] ?? "";
  expect(asked.out).toContain("until the end of 2026-05-31 (UTC).");
  expect(asked.out).toContain(`It waits for learning-data-steward: mesh access grant ${id}\n`);
  expect((await mesh("access", "show", id)).out).toMatch(/^waits for +learning-data-steward$/m);
  expect((await mesh("access", "list", "--requested")).out).toMatch(
    new RegExp(`^${id} +ada .* requested +2026-05-31$`, "m"),
  );
  expect((await mesh("access", "explain", product, "--as", "ada")).out).toContain("ada may read nothing of");
  const listed = async (...more: string[]) => (await mesh("access", "list", ...more)).out;
  for (const own of [
    ["--mine", "--as", "ada"],
    ["--consumer", "ada"],
  ])
    expect(await listed(...own)).toMatch(new RegExp(`^${id} +ada .* requested +2026-05-31$`, "m"));
  expect(await listed("--mine", "--role", "tutor")).toBe("There is no such agreement\n");
  expect(await listed("--consumer", "adda")).toBe("There is no such agreement. Did you mean ada?\n");

  const own = await mesh("access", "grant", id, "--as", "ada");
  expect([own.code, own.err]).toEqual([
    1,
    expect.stringMatching(/access\/agreement-own.*\n.*do so: learning-data-steward\./),
  ]);
  const stranger = await mesh("access", "grant", id, "--as", "splashkit-steward");
  expect([stranger.code, stranger.err]).toEqual([1, expect.stringContaining("That is for learning-data-steward")]);
  now += 60_000;
  const granted = await mesh("access", "grant", id, "--as", "ontrack-steward", "--json");
  expect(JSON.parse(granted.out)).toMatchObject({
    ...{
      id,
      state: "in force",
      until: "2026-06-01T00:00:00.000Z",
      lastDay: "2026-05-31",
      rows: { unit_code: ["COS10001"] },
    },
    approvals: [{ by: "ontrack-steward", level: 1, at: "2026-03-02T09:01:00.000Z" }],
  });

  const explained = await mesh("access", "explain", product, "--as", "ada", "--attr", "units=COS10001,COS20007");
  expect(explained.out).toContain("ada may read rows of ontrack-learning/student-progress");
  expect(explained.out).toContain("only rows whose unit_code is COS10001, COS20007");
  expect(explained.out).toMatch(/^enrolment +confidential +masked +as a hash$/m);
  expect(explained.out).toContain("until the end of 2026-05-31 (UTC)\n");
  expect((await mesh("access", "explain", product, "--anonymous")).out).toContain("no credential was given");
  const told = JSON.parse((await mesh("access", "explain", product, "--as", "ada", "--json")).out);
  expect(told.decision).toMatchObject({ readable: true, agreement: id, until: "2026-06-01T00:00:00.000Z" });
  expect(Object.keys(told.decision)).not.toEqual(expect.arrayContaining([expect.stringMatching(/salt|fingerprint/)]));
  expect((await mesh("access", "show", id)).out).toContain("from 2026-03-02 09:00 until the end of 2026-05-31 (UTC)");

  const exported = await mesh("access", "export", id);
  expect(exported.out).toContain("kind: AccessAgreement\n");
  expect(JSON.parse((await mesh("access", "export", id, "--json")).out)).toMatchObject({
    ...{ kind: "AccessAgreement", id, status: "approved", consumer: { userId: "ada" } },
    startTimestamp: "2026-03-02T09:00:00.000Z",
    endTimestamp: "2026-05-31T23:59:59.999Z",
    provider: { teamId: "ontrack-team", dataProductId: product },
    roles: [{ role: "unit-researcher" }],
  });

  expect((await mesh("access", "revoke", id, "--as", "ada")).code).toBe(2);
  expect((await mesh("access", "revoke", id, "--as", "ada", "--reason", "Done")).out).toBe(`${id} is revoked\n`);
  expect((await mesh("access", "list")).out).toBe("There is no such agreement\n");
  const { out } = await mesh("access", "show", id);
  expect(out.split("history\n")[1]).toBe(
    [
      "  2026-03-02T09:00:00.000Z  requested by ada",
      "  2026-03-02T09:01:00.000Z  granted by ontrack-steward",
      "  2026-03-02T09:01:00.000Z  revoked by ada: Done",
      "",
    ].join("\n"),
  );
});

test("what is due is told, by the list and by the doctor, until it is looked at again", async () => {
  now = start;
  const asked = await request("--role", "learning-analyst", "--for", "role:researcher", "--json");
  const { id } = JSON.parse(asked.out);
  for (const own of [["ada"], ["bea", "--role", "researcher"]])
    expect((await mesh("access", "list", "--mine", "--as", ...own)).out).toContain(id);
  expect((await mesh("access", "list", "--mine", "--as", "bea")).out).not.toContain(id);
  await mesh("access", "grant", id, "--as", "learning-data-steward");
  now = start + 182 * dayMs;
  expect((await mesh("access", "list", "--due")).out).toContain(id);
  const due = JSON.parse((await mesh("doctor", "--json")).out).symptoms.filter(
    ({ what }: { what: string }) => what === "agreements",
  );
  expect(due).toMatchObject([{ state: "note", finding: expect.stringContaining("1 agreement") }]);
  expect((await mesh("access", "grant", id, "--as", "ontrack-steward")).code).toBe(0);
  expect((await mesh("access", "list", "--due")).out).toBe("There is no such agreement\n");
});

test("keys of machines are shown once, listed without themselves, replaced and revoked", async () => {
  now = start;
  const added = await mesh("key", "add", "dashboard", "--product", product, "--role", "reader", "--until", "30d");
  expect(added.out).toMatch(/^mk_[0-9a-f]{10}_[\w-]{43}\n$/);
  const id = added.out.slice(3, 13);
  const rotated = JSON.parse((await mesh("key", "rotate", `mk_${id}`, "--grace", "2", "--json")).out);
  expect(rotated).toMatchObject({ name: "dashboard", state: "good", limits: { products: [product] } });
  await mesh("key", "revoke", id, "--reason", "Was in a log");
  const again = await mesh("key", "revoke", id, "--reason", "Was in a log");
  expect([again.code, again.err]).toEqual([
    1,
    expect.stringContaining(`The service key ${id} has been revoked already`),
  ]);
  const { out } = await mesh("key", "list");
  expect(out).toMatch(new RegExp(`^${id} +service:dashboard +revoked`, "m"));
  expect(out).toMatch(new RegExp(`^${rotated.id} +service:dashboard +good +reader +${product}`, "m"));
  for (const text of [added.out.trim(), rotated.key]) expect(out).not.toContain(text.slice(14));
});

test.each<[string[], string]>([
  [["access", "request", product, "--role", "unit-researcher"], "needs --purpose"],
  [["access", "request", product, "--until", "31.12.2026"], "no day such as"],
  [["access", "request", product, "--until", "2026-02-31T12:00:00Z"], "no day such as"],
  [["access", "request", product, "--rows", "unit_code=A", "--rows", "unit_code=B"], "write --rows unit_code=A,B"],
  [["access", "list", "--as", "ada"], "they go with --mine"],
  [["access", "reject", "ag_1"], "needs a --reason"],
  [["key"], "needs add"],
  [["key", "delete", "x"], "takes add"],
  [["key", "add", "x", "--attr", "y"], "name=value"],
  [["key", "add", "x", "--role", "reader,writer"], "give --role once for each"],
  [["token"], "needs --as"],
  [["token", "--as", "ada", "--role", "tutor,marker"], "give --role once for each"],
  [["token", "--as", "ada", "--attr", "units=A", "--attr", "units=B"], "write --attr units=A,B"],
  [["token", "--as", "ada", "--ttl", "0s"], "--ttl takes"],
  [["token", "--as", "Service:grades"], "means something else"],
  [["token", "--as", "ada", "--hours", "0.0001"], "shorter than a second"],
  [["token", "--as", "ada", "--ttl", "1y"], "--ttl takes"],
  [["token", "--as", "ada", "--ttl", "31d"], "--ttl takes"],
  [["token", "--as", "ada", "--ttl", "1h", "--hours", "1"], "give one of them"],
  [["query", "{ a }", "--role", "tutor", "--url", "http://127.0.0.1:1/graphql"], "--url leads to another one"],
  [["access", "explain", product, "--anonymous", "--role", "tutor"], "--anonymous is nobody"],
  [["query", "{ a }", "--as", "ada", "--token", "t"], "goes with none of --as"],
])("mesh %j is told apart from a refusal", async (args, message) => {
  const { code, err } = await mesh(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test.each<[string[], string]>([
  [["access", "request", "student-progress", "--role", "x"], product],
  [["access", "request", "ontrack_learning.student_progress", "--role", "x"], product],
  [["access", "request", product, "--role", "learning-analist"], "learning-analyst"],
  [["access", "request", product, "--role", "unit-researcher", "--column", "target_grad"], "target_grade"],
  [["access", "request", product, "--role", "unit-researcher", "--rows", "unit-cod=A"], "unit_code"],
  [["access", "request", product, "--role", "unit-researcher", "--purpose", "reserch"], "learning-research"],
  [["access", "explain", "ontrack-learning/student-progres"], product],
  [["access", "list", "--product", "ontrack-learning/student-progres"], product],
  [["key", "add", "x", "--product", "units"], "ontrack-learning/units"],
  [["key", "add", "x", "--purpose", "research"], "learning-research"],
  [["token", "--as", "ada", "--product", "units"], "ontrack-learning/units"],
  [["token", "--as", "ada", "--purpose", "learning-reserch"], "learning-research"],
])("mesh %j is told what may have been meant", async (args, meant) => {
  const isRequest = args[1] === "request";
  const purpose = isRequest && !args.includes("--purpose") ? ["--purpose", "learning-research"] : [];
  const { code, err } = await mesh(...args, ...purpose, ...(isRequest ? ["--reason", "Study 12"] : []));
  expect(code).toBe(2);
  expect(err).toContain(`Did you mean ${meant}?`);
});

test("a purpose that there is not opens nothing, and is told by its name", async () => {
  const { out } = await mesh("access", "explain", "ontrack-learning/units", "--purpose", "reserch");
  expect(out).toContain('"reserch" is no purpose that data may be used for; did you mean learning-research?');
});

test("a token says whom it is for, what it is limited to and for how long", async () => {
  now = start;
  const { out, err } = await mesh(
    ...["token", "--as", "grades", "--service", "--product", product, "--purpose", "learning-research"],
    ...["--role", "reader", "--attr", "units=A", "--ttl", "15m"],
  );
  expect(err).toBe("");
  const claims = JSON.parse(Buffer.from(out.split(".")[1] ?? "", "base64url").toString("utf8"));
  expect(claims).toMatchObject({
    ...{ sub: "service:grades", kind: "service", iss: "thoth-mesh", aud: "thoth-mesh", roles: ["reader"] },
    ...{ attributes: { units: "A" }, products: [product], purposes: ["learning-research"] },
    ...{ iat: start / 1000, exp: start / 1000 + 900 },
  });
});
