import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { runCommandLine } from "@thoth/cli/command-line";
import { recordingEffects } from "@thoth/cli/testing/recording-effects";
import type { Finding } from "@thoth/contract/finding";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, repository, serveMesh } from "./mesh-process.ts";
import { type SmallProject, twoDomainsProject } from "./small-project.ts";

const run = promisify(execFile);
const day = 86_400_000;
/** So long ago that the notice of what begins then is over today, for the processes that look at the clock. */
const start = Date.parse(`${new Date(Date.now() - 91 * day).toISOString().slice(0, 10)}T09:00:00Z`);
const dayOf = (number: number) => new Date(start + number * day).toISOString().slice(0, 10);
const contract = "domains/library-loans/products/loans/contract.odcs.yaml";
const mapping = "domains/library-loans/products/loans/previous/v1.sql";
const review = "contracts/reviews/kinds.yaml";
const members = ["platform-lead", "ontrack-owner", "splashkit-owner"];

let project: SmallProject;

beforeAll(async () => {
  project = await twoDomainsProject();
  await cp(join(repository, "contracts/council.yaml"), join(project.root, "contracts/council.yaml"));
  await project.change(contract, "version: 0.1.0", "version: 1.0.0 # raised by releases");
  expect((await project.mesh(["contract", "publish", "library-loans/loans"])).code).toBe(0);
  const visits = "domains/reading-rooms/products/visits";
  await project.change(`${visits}/contract.odcs.yaml`, "loans/0.1.0.odcs.yaml", "loans/1.0.0.odcs.yaml");
  await project.change(`${visits}/product.sql`, "r.category", "l.category");
  await generate(project);
  await project.write(
    "package.json",
    '{ "name": "small", "private": true, "type": "module", "workspaces": ["domains/*"] }\n',
  );
  await project.write("package-lock.json", "{}\n");
  await mkdir(join(project.root, ".changeset"));
  const config = JSON.parse(await readFile(join(repository, ".changeset/config.json"), "utf8"));
  await project.write(".changeset/config.json", JSON.stringify(config));
  await project.write(".gitignore", "node_modules\nplatform\nvar\n");
  await git(project, "init", "--quiet", "--initial-branch=main");
  await commit(project, "start");
});
afterAll(() => project[Symbol.asyncDispose]());

async function generate({ root }: SmallProject): Promise<void> {
  const args = ["--conditions=thoth-source", "platform/contract/src/generate.ts", "--root", root];
  await run(process.execPath, args, { cwd: repository });
}

async function git({ root }: SmallProject, ...args: readonly string[]): Promise<void> {
  const identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
  await run("git", [...identity, ...args], { cwd: root });
}

async function commit(where: SmallProject, message: string): Promise<void> {
  await git(where, "add", "--all");
  await git(where, "commit", "--quiet", "--message", message);
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command in this process, which is told what day it is. */
async function onDay(number: number, where: SmallProject, ...args: readonly string[]): Promise<Ended> {
  const effects = recordingEffects({ cwd: where.root, now: () => start + number * day });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

async function renamed(): Promise<SmallProject> {
  const copy = await project.copy();
  await copy.change(contract, "        name: category\n", "        name: kind\n");
  return copy;
}

const changeset = ["contract", "changeset", "--name", "kinds", "--author", "Ada <ada@example.org>"];

test("a column is renamed, decided about and released; both versions answer, and users of the old one are told", async () => {
  await using mesh = await project.copy();
  // readers in the other domain find loans by this column: in SQL, and through a relationship
  await mesh.change(contract, "        name: id\n", "        name: number\n");
  const diff = await onDay(0, mesh, "contract", "diff", "library-loans/loans", "--json");
  const { diffs, ...verdict } = JSON.parse(diff.out);
  expect(verdict).toMatchObject({ class: "MAJOR", requiredBump: "major" });
  expect(diffs[0]).toMatchObject({
    rule: "renamed",
    message: '"id" is now called "number"',
    suggestion: expect.stringMatching(/^Let id keep its name and id as a deprecated property .*, and add number with/),
  });

  const uncovered = await onDay(0, mesh, "check", "--release");
  expect(uncovered.code).toBe(1);
  expect(uncovered.out).toMatch(
    /contract\.odcs\.yaml:\d+:\d+ error changeset-missing: library-loans\/loans 1\.0\.0 → 2\.0\.0/,
  );

  const opened = await onDay(0, mesh, ...changeset, "--summary", "Loans have numbers.");
  expect(opened).toMatchObject({ code: 0, err: "" });
  expect(opened.out).toContain("breaks    reading-rooms\n");
  expect(await mesh.read(".changeset/kinds.md")).toContain('  "number" as "id"');
  expect(await mesh.read(mapping)).toContain("from library_loans.product.loans_v2\n");

  const unannounced = await onDay(0, mesh, "check");
  expect(unannounced.out).toContain("warning lifecycle-no-end: ");
  const [since, until] = [dayOf(0), dayOf(180)];
  const words = `major: 1, deprecatedSince: ${since}, endOfSupport: ${until}, deprecationReason: Loans have numbers.`;
  const brownOut = (number: number) => `brownOuts: [{ from: ${dayOf(number)}, to: ${dayOf(number + 1)} }]`;
  const announced = `customProperties:\n  - { property: previousMajors, value: [{ ${words}, ${brownOut(100)} }] }`;
  await mesh.change(contract, "slaProperties:", `${announced}\n\nslaProperties:`);
  expect((await onDay(0, mesh, "check")).out).toContain("error lifecycle-brown-out: library-loans/loans 1.x");
  await mesh.change(contract, brownOut(100), brownOut(170));
  expect((await onDay(0, mesh, ...changeset)).out).toContain(`wrote     ${review}\n`);
  await mesh.change("domains/library-loans/products/loans/product.sql", "id,", "id as number,");
  const decided = await mesh.read(contract);

  const blocked = await onDay(0, mesh, "check", "--release");
  expect(blocked.code).toBe(1);
  for (const rule of ["review-notice", "review-approvals", "review-ack"])
    expect(blocked.out).toContain(`error ${rule}:`);
  expect((await onDay(0, mesh, "contract", "version")).err).toContain("contract/not-releasable");

  for (const member of members)
    expect((await onDay(1, mesh, "council", "approve", "kinds", "--as", member)).code).toBe(0);
  const answer = ["kinds", "migrating", "--as", "platform-lead", "--reason", "By May."];
  const ack = await onDay(2, mesh, "council", "ack", ...answer);
  expect(ack.out).toBe(
    `platform-lead answers kinds: migrating\nwrote ${review}\nthe review is blocked\n  waits for: Consumers have notice until ${dayOf(90)}\n`,
  );
  const early = await onDay(89, mesh, "check", "--release", "--json");
  const errors = (JSON.parse(early.out).findings as Finding[]).filter(({ severity }) => severity === "error");
  expect(errors.map(({ rule }) => rule)).toEqual(["review-notice"]);
  const shown = JSON.parse((await onDay(90, mesh, "council", "show", "kinds", "--json")).out);
  expect(shown).toMatchObject({
    verdict: { kind: "releasable", by: "gate" },
    gate: { gravity: "MAJOR", approvals: 3 },
  });
  expect(await onDay(90, mesh, "check", "--release")).toMatchObject({ code: 0 });

  const released = await onDay(90, mesh, "contract", "version");
  expect(released).toMatchObject({ code: 0, err: "" });
  expect(released.out).toContain("released library-loans/loans 1.0.0 → 2.0.0, by kinds\n");
  expect(await mesh.read(contract)).toBe(decided);
  expect(decided).toContain("version: 2.0.0 # raised by releases\n");
  expect(await mesh.read("contracts/published/library-loans/loans/2.0.0.odcs.yaml")).toBe(decided);
  expect(await mesh.read("contracts/published/library-loans/loans/register.yaml")).toContain(
    "{ id: id, name: id, logicalType: integer, until: 2.0.0 }",
  );
  expect(await mesh.read(review)).toContain(`released:\n  at: ${dayOf(90)}T09:00:00Z\n`);

  const { stdout } = await run(join(repository, "node_modules/.bin/changeset"), ["version"], { cwd: mesh.root });
  expect(stdout).toBeDefined();
  expect(JSON.parse(await mesh.read("domains/library-loans/package.json")).version).toBe("1.0.0");
  const changelog = await mesh.read("domains/library-loans/CHANGELOG.md");
  expect(changelog).toContain("## 1.0.0\n\n### Major Changes\n");
  expect(changelog).toContain("Loans have numbers.");
  expect(await readdir(join(mesh.root, ".changeset"))).toEqual(["config.json"]);

  const after = await onDay(91, mesh, "check", "--release");
  expect(after).toMatchObject({ code: 0 });
  expect((await onDay(91, mesh, "council", "list")).out).toBe("The council has nothing to decide\n");
  await seeBothServed(mesh, { since, until });
});

/** From here on the day is today: processes of their own look at the clock. */
async function seeBothServed(mesh: SmallProject, { since, until }: { since: string; until: string }): Promise<void> {
  expect(await mesh.mesh(["run"])).toMatchObject({ code: 0 });
  await using server = await serveMesh(["up"], { cwd: mesh.root, env: { MESH_PORT: "0" } });
  const ask = async (consumer: string, query: string) => {
    const token = (await mesh.mesh(["token", "--as", consumer])).out.trim();
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    const { deprecation, sunset } = Object.fromEntries(response.headers);
    return { ...((await response.json()) as Answer), deprecation, sunset };
  };
  const old = await ask("shelf-app", "{ loans(first: 2) { nodes { id category } } }");
  const now = await ask("desk-app", "{ loansV2(first: 2) { nodes { number category } } }");
  const joined = await ask("room-app", "{ visits(first: 1) { nodes { loanId } } }");
  const numbered = now.data.loansV2.nodes as readonly { number: string; category: string }[];
  expect(numbered).toHaveLength(2);
  expect(old.data.loans.nodes).toEqual(numbered.map(({ number, category }) => ({ id: number, category })));
  expect(joined).toMatchObject({ data: { visits: { nodes: [{ loanId: expect.any(Number) }] } } });
  expect(old).toMatchObject({
    extensions: {
      deprecations: [{ element: "loans", since, until, replacement: "loansV2", reason: "Loans have numbers." }],
    },
    deprecation: `@${Date.parse(since) / 1000}`,
    sunset: new Date(until).toUTCString(),
  });
  for (const answer of [now, joined]) {
    expect(answer).not.toHaveProperty("extensions");
    expect([answer.deprecation, answer.sunset]).toEqual([undefined, undefined]);
  }
  const { out } = await mesh.mesh(["lifecycle"]);
  expect(out).toContain(`library-loans/loans 1.0.0: deprecated since ${since}; use loansV2\n`);
  expect(out).toContain("blocked: read in the last 30 days by shelf-app, last on ");
}

test("what two people vote on two branches, git brings together", async () => {
  await using mesh = await renamed();
  await cp(join(repository, ".gitattributes"), join(mesh.root, ".gitattributes"));
  await onDay(0, mesh, ...changeset);
  await commit(mesh, "changeset");
  for (const [branch, member] of [
    ["one", "platform-lead"],
    ["two", "ontrack-owner"],
  ] as const) {
    await git(mesh, "switch", "--quiet", "--create", branch, "main");
    await onDay(1, mesh, "council", "approve", "kinds", "--as", member, "--reason", `As ${member} sees it`);
    await commit(mesh, branch);
  }
  await git(mesh, "merge", "--quiet", "--no-edit", "one");
  const { votes } = JSON.parse((await onDay(2, mesh, "council", "show", "kinds", "--json")).out);
  expect(votes.map(({ by }: { by: string }) => by).sort()).toEqual(["ontrack-owner", "platform-lead"]);
});

test("people are told in the words of commands what they can do", async () => {
  await using mesh = await renamed();
  expect((await onDay(0, mesh, "council", "list")).out).toBe("The council has nothing to decide\n");
  await onDay(0, mesh, ...changeset);
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [["council", "approve", "kinds", "--as", "mallory"], 1, "contract/not-on-council"],
    [["council", "approve", "kind", "--as", "platform-lead"], 2, "contract/no-review"],
    [["council", "approve", "kinds", "--as", "platform-lead", "--emergency"], 2, "--emergency needs a --reason"],
    [["council", "reject", "kinds", "--as", "platform-lead"], 2, "A rejection needs a --reason"],
    [["council", "ack", "kinds", "perhaps", "--as", "platform-lead"], 2, "approved, migrating or blocked, not perhaps"],
    [["council", "ack", "kinds", "--as", "splashkit-steward"], 1, "contract/not-affected"],
    [["contract", "changeset", "library-loans/fines"], 2, "cli/unknown-product"],
    [["contract", "changeset", "--name", "../x"], 2, "lower-case words"],
  ];
  const text = await mesh.read(review);
  for (const [args, code, words] of cases) {
    const ended = await onDay(1, mesh, ...args);
    expect([args, ended.code]).toEqual([args, code]);
    expect(ended.err).toContain(words);
  }
  expect(await mesh.read(review)).toBe(text);
  await rm(join(mesh.root, "contracts/council.yaml"));
  expect((await onDay(1, mesh, "council", "show", "kinds")).err).toContain("contract/no-council");
  await mesh.change(contract, "        name: kind\n", "        name: sort\n");
  expect((await onDay(1, mesh, ...changeset)).err).toContain("contract/no-council");
  expect(await mesh.read(review)).toBe(text);
  expect((await onDay(1, mesh, "check", "--release")).out).toContain("error contract/no-council");
});

test("mesh check advises whoever is still at work, and the gate is mesh check --release", async () => {
  await using mesh = await renamed();
  await onDay(0, mesh, ...changeset);
  await generate(mesh);
  await mesh.change(".changeset/kinds.md", '"kind" as "category"', '"sort" as "category"');
  const { out } = await onDay(0, mesh, "check");
  expect(out).toMatch(/\.changeset\/kinds\.md:\d+:\d+ warning pipeline\/query-failed: /);
  expect(out).toContain("ok   published: ");
  expect(out).toMatch(
    /ok {3}release: 2 contracts, 0 errors, 5 warnings\n {5}contracts\/reviews\/kinds\.yaml:\d+:\d+ warning review-stale: /,
  );
});
