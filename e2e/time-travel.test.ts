import { runCommandLine } from "@thoth/cli/command-line";
import { recordingEffects } from "@thoth/cli/testing/recording-effects";
import { keptSnapshots } from "@thoth/pipeline/mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServingMesh, serveMesh } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/** One product, published again and again with fewer rows each time: on day 1 it has 500, on day 2 499, and so on. */
let project: SmallProject;
/** Has the control plane, and is asked for what is kept. */
let server: ServingMesh;
const folder = "domains/library-loans/products/loans";
const day = 86_400_000;
const start = Math.floor(Date.now() / day) * day - 30 * day;
/** One more than can be gone back to from the last one. */
const last = keptSnapshots + 2;
const table = "library_loans.product.loans";
const rowsOn = (number: number) => 501 - number;
const timeOf = (number: number) => new Date(start + number * day).toISOString();

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function onDay(number: number, ...args: readonly string[]): Promise<Ended> {
  const effects = recordingEffects({ cwd: project.root, now: () => start + number * day });
  const code = await runCommandLine(args, effects);
  return { code, ...effects.said };
}

interface Kept {
  readonly id: string;
  readonly publishedAt: string;
  readonly rowCount: number;
  readonly current: boolean;
}

const snapshots = async (): Promise<Kept[]> =>
  JSON.parse((await onDay(20, "snapshots", "library-loans/loans", "--json")).out);

/** Number of rows as asked with options, or what stands against it. */
async function count(...options: readonly string[]): Promise<number | string> {
  const { code, out, err } = await onDay(20, "sql", `select count(*)::int n from ${table}`, "--json", ...options);
  return code === 0 ? JSON.parse(out)[0].n : `${out}${err}`;
}

beforeAll(async () => {
  project = await loansProject();
  await project.change(`${folder}/contract.odcs.yaml`, "version: 0.1.0", "version: 1.0.0");
  expect(await onDay(0, "contract", "publish")).toMatchObject({ code: 0 });
  const sql = (await project.read(`${folder}/product.sql`)).trimEnd();
  for (let number = 1; number <= last; number += 1) {
    await project.write(`${folder}/product.sql`, `${sql}\nwhere id >= ${number}\n`);
    expect(await onDay(number, "run", "library-loans")).toMatchObject({ code: 0 });
  }
  server = await serveMesh(["up"], { cwd: project.root, env: { MESH_PORT: "0" } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await project[Symbol.asyncDispose]();
});

// Each test goes on from the one before.
test("what is kept is listed, the newest first, and what is served is marked", async () => {
  const kept = await snapshots();
  const expected = Array.from({ length: keptSnapshots + 1 }, (_, at) => rowsOn(last - at));
  expect(kept.map(({ rowCount }) => rowCount)).toEqual(expected);
  expect(kept.map(({ current }) => current)).toEqual(kept.map((_, at) => at === 0));
  const { out } = await onDay(20, "snapshots");
  expect(out.split("\n")[2]).toMatch(/^\* +library-loans\/loans +\S+ +\d{4}-\d\d-\d\dT\S+Z +\d+ +1\.0\.0 +\S+$/);
});

test("an older state answers by its id, by a time, and with every product as it was then", async () => {
  const kept = await snapshots();
  const [newest, before] = kept;
  expect(await count("--snapshot", `library-loans/loans=${before?.id}`)).toBe(rowsOn(last - 1));
  expect(await count("--snapshot", `library-loans/loans=${timeOf(2.5)}`)).toBe(rowsOn(2));
  expect(await count("--at", before?.publishedAt ?? "")).toBe(rowsOn(last - 1));
  expect(await count("--at", timeOf(3))).toBe(rowsOn(3));
  expect(await count("--at", timeOf(3), "--snapshot", `library-loans/loans=${newest?.id}`)).toBe(rowsOn(last));
});

test("what was never there, or is gone, is refused with what is kept", async () => {
  const [newest] = await snapshots();
  const list = `${newest?.id} of ${newest?.publishedAt} (served now); `;
  const unknown = await count("--snapshot", "library-loans/loans=nothing");
  expect(unknown).toContain("There is no snapshot nothing of library-loans/loans");
  expect(unknown).toContain(list);
  expect(await count("--snapshot", `library-loans/loans=${timeOf(1)}`)).toContain("cli/no-such-snapshot");
  const pruned = await count("--at", timeOf(1));
  expect(pruned).toMatch(/Snapshot \S+, which it served at \S+, is not kept any more\. Kept: /);
  expect(pruned).toContain(list);
  expect(await count("--at", timeOf(0.5))).toContain("It was first published after");
  expect((await onDay(20, "sql", "--at", timeOf(1))).err).toContain("cli/nothing-then");
  expect(await count("--snapshot", "library-loans/fines=x")).toContain("cli/unknown-product");
});

test.each([
  ["--at", "yesterday", "--at takes a time such as"],
  ["--at", timeOf(25), "lies in the future"],
  ["--snapshot", "loans=x", "--snapshot takes domain/product="],
  ["--snapshot", "library-loans/loans=2026-13-01", "takes a time such as"],
])("%s %s is a wrong command line", async (option, value, words) => {
  const { code, err } = await onDay(20, "sql", "select 1", option, value);
  expect([code, err]).toEqual([2, expect.stringContaining(words)]);
});

test("a time after a rollback has the state that was gone back to; a column of later is not there", async () => {
  await server.stop();
  expect(await onDay(12, "rollback", "library-loans/loans")).toMatchObject({ code: 0 });
  expect((await snapshots()).map(({ current }) => current).slice(0, 2)).toEqual([false, true]);
  const contract = `${folder}/contract.odcs.yaml`;
  const shelf =
    "      - { id: shelf, name: shelf, logicalType: string, description: Where it stands., classification: internal }";
  await project.change(contract, "      - id: category", `${shelf}\n      - id: category`);
  await project.change(contract, "version: 1.0.0", "version: 1.1.0");
  await project.change(`${folder}/product.sql`, "category", "'A' as shelf, category");
  expect(await onDay(14, "run", "library-loans")).toMatchObject({ code: 0 });
  expect(await count("--at", timeOf(11))).toBe(rowsOn(last));
  expect(await count("--at", timeOf(13))).toBe(rowsOn(last - 1));
  const shelves = (...options: string[]) => onDay(20, "sql", `select shelf from ${table} limit 1`, ...options);
  expect(await shelves()).toMatchObject({ code: 0, out: expect.stringContaining("A") });
  const then = await shelves("--at", timeOf(13));
  expect(then).toMatchObject({ code: 1, err: expect.stringContaining("shelf") });
  expect((await onDay(20, "sql", "--at", timeOf(13))).out).not.toContain("shelf");
});
