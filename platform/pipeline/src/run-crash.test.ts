import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openControl } from "@thoth/control/open-control";
import { openRunLedger } from "@thoth/control/run-ledger";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import { seedControlStore } from "@thoth/testing/control-store";
import { type FoundHome, type KillPoint, type MeshProcess, runMeshProcess } from "@thoth/testing/mesh-process";
import { seededRandom } from "@thoth/testing/random";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import type { TestDomain } from "@thoth/testing/test-domain";
import { writeRepository } from "@thoth/testing/test-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";

let dir: TempDir;

beforeAll(async () => {
  dir = await tempDir();
});

afterAll(() => dir[Symbol.asyncDispose]());

const counted = { key: ["edition"], columns: { edition: "integer", books: "integer" } };

const library: TestDomain = {
  name: "library",
  streams: { books: { columns: { id: "INTEGER", edition: "INTEGER" } } },
  clean: { books: "select id, edition from raw.books" },
  products: {
    books: { sql: "select id, edition from clean.books", key: ["id"], columns: { id: "integer", edition: "integer" } },
    editions: { ...counted, sql: "select edition, count(*)::integer as books from library.product.books group by 1" },
  },
};

const council: TestDomain = {
  name: "council",
  products: {
    report: {
      ...counted,
      sql: "select edition, count(*)::integer as books from library.product.books group by 1",
      inputPorts: ["library/books"],
    },
  },
};

async function openHome(name: string, domains: readonly TestDomain[]): Promise<MeshProcess> {
  const home = join(dir.path, name);
  await seedControlStore(join(home, "control"));
  await mkdir(join(home, "sources"));
  const root = await writeRepository(join(dir.path, `${name}-repository`), domains);
  return { root, home, domains: domains.map((domain) => domain.name), now: Date.UTC(2026, 5, 1) };
}

/** Every row of the source says which edition it is of, and how many there are says it again. */
async function bring(edition: number, { home }: MeshProcess): Promise<void> {
  const rows = Array.from({ length: edition + 3 }, (_, index) => `${index},${edition}\n`);
  await writeFile(join(home, "sources/books.csv"), `id,edition\n${rows.join("")}`);
}

/** The one edition that a product shows; a mix of two, or half of one, is none. */
function editionOf(product: string, found: FoundHome["products"]): number | undefined {
  const rows = found[product];
  if (rows === undefined) return undefined;
  const edition = Number(rows[0]?.edition);
  const whole =
    product === "library/books"
      ? Array.from({ length: edition + 3 }, (_, id) => ({ id, edition }))
      : [{ edition, books: edition + 3 }];
  expect(rows, product).toEqual(whole);
  return edition;
}

const products = ["library/books", "library/editions", "council/report"];
const rounds = 10;

test(`whenever a run is killed, readers see a whole edition, and the next run goes on (${rounds} times)`, async () => {
  const mesh = await openHome("killed", [library, council]);
  await bring(0, mesh);
  const first = await runMeshProcess({ ...mesh, killed: { call: Number.POSITIVE_INFINITY, when: "before" } });
  expect(first.ended?.statuses, first.errors).toMatchObject({
    "library/domain": "success",
    "council/domain": "success",
  });
  const { calls = 0, ms = 0 } = first.ended ?? {};
  const random = seededRandom("killed runs");
  let before = first.ended?.products ?? {};
  for (let edition = 1; edition <= rounds; edition += 1) {
    await bring(edition, mesh);
    const killed: KillPoint =
      edition % 3 === 0
        ? { ms: random.int(0, Math.floor(ms)) }
        : { call: random.int(1, calls), when: random.chance(0.5) ? "before" : "after" };
    const ran = await runMeshProcess({ ...mesh, now: mesh.now + edition * 60_000, killed });
    expect(ran.found?.products, ran.errors).toBeDefined();
    for (const product of products) {
      const [old, shown] = [editionOf(product, before), editionOf(product, ran.found?.products ?? {})];
      expect(shown).toBeGreaterThanOrEqual(old ?? 0);
      expect(shown).toBeLessThan(edition);
    }
    if (ran.signal === null) expect(Object.values(ran.ended?.statuses ?? {})).not.toContain("failed");
    // On a busy machine the kill may come when the run has just said that it ended.
    else expect(ran.signal).toBe("SIGKILL");
    before = ran.found?.products ?? {};
  }
  const last = await runMeshProcess({ ...mesh, now: mesh.now + rounds * 100_000 });
  expect(new Set(Object.values(last.ended?.statuses ?? {}))).toEqual(new Set(["success"]));
  for (const product of products) expect(editionOf(product, last.ended?.products ?? {})).toBe(rounds);
  await expectNothingLeft(mesh);
});

/** Every run has an end, and every file can be gone back to. */
async function expectNothingLeft({ home }: MeshProcess): Promise<void> {
  await using control = await openControl({ dataDir: join(home, "control") });
  const runs = await openRunLedger(control, () => 0).list({ limit: 10_000 });
  expect(runs.length).toBeGreaterThan(rounds);
  const cut = runs.filter((run) => run.status === "aborted");
  expect(cut.length).toBeGreaterThan(0);
  for (const run of cut) expect(run).toMatchObject({ failureClass: "system", failureMessage: "its process is gone" });
  for (const run of runs) expect(run.completedAt, run.pipeline).not.toBeNull();
  for (const product of products) {
    const [domain = "", name = ""] = product.split("/");
    const history = await openSnapshotPointers(control, () => 0).history(domain, name);
    const kept = history.filter((entry) => entry.prunedAt === null).map((entry) => `${entry.id}.duckdb`);
    expect(await readdir(join(home, "snapshots", domain, name)), product).toEqual(kept.sort());
  }
}

test.skipIf(process.platform === "win32")(
  "a disk that is full leaves the old rows serving, and the next run goes on",
  async () => {
    const archive: TestDomain = {
      name: "archive",
      streams: { numbers: { columns: { pages: "BIGINT" } } },
      clean: { numbers: "select pages from raw.numbers" },
      products: {
        pages: {
          sql: "select page, sha256(page::varchar) as content from (select unnest(range(pages)) as page from clean.numbers)",
          key: ["page"],
          columns: { page: { logicalType: "integer", physicalType: "BIGINT" }, content: "string" },
          quality: [{ id: "enough", metric: "rowCount", mustBeGreaterThan: 1 }],
        },
      },
    };
    const mesh = await openHome("full", [archive]);
    await writeFile(join(mesh.home, "sources/numbers.csv"), "pages\n3\n");
    const first = await runMeshProcess(mesh);
    expect(first.ended?.products["archive/pages"], first.errors).toHaveLength(3);
    await writeFile(join(mesh.home, "sources/numbers.csv"), "pages\n700000\n");
    const full = await runMeshProcess({ ...mesh, now: mesh.now + 1e6, maxFileKiB: 20 * 1024 });
    expect(full.ended?.statuses, full.errors).toMatchObject({ "archive/product/pages": "failed" });
    expect(full.ended?.products["archive/pages"]).toEqual(first.ended?.products["archive/pages"]);
    await writeFile(join(mesh.home, "sources/numbers.csv"), "pages\n5\n");
    const next = await runMeshProcess({ ...mesh, now: mesh.now + 2e6 });
    expect(next.ended?.statuses, next.errors).toMatchObject({ "archive/product/pages": "success" });
    expect(next.ended?.products["archive/pages"]).toHaveLength(5);
  },
);
