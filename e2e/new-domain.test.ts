import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyProject, type SmallProject } from "./small-project.ts";

/** What `mesh new` writes and refuses. That it runs is what `npm run test:template` shows. */
let project: SmallProject;

beforeAll(async () => {
  project = await emptyProject();
  const written = await project.mesh([
    "new",
    "domain",
    "library-loans",
    "--owner",
    "Library team",
    "--product",
    "loans",
  ]);
  expect(written.code).toBe(0);
});

afterAll(() => project[Symbol.asyncDispose]());

test("a product starts with the columns of a cleaned table, its key and its name in the singular", async () => {
  await project.write(
    "domains/library-loans/clean/readers.sql",
    `select id as reader_id, category as "Home Branch", changed_at::date as "order", [amount] as amounts, {'a': id} as details,
       null::decimal(9, 2) as fee, _run_id from raw.records qualify row_number() over (partition by id) = 1`,
  );
  const target = "library-loans/library-readers";
  const { code, out } = await project.mesh([
    "new",
    "product",
    target,
    "--from",
    "readers",
    "--key",
    "reader_id,order",
    "--json",
  ]);
  expect(code).toBe(0);
  const folder = "domains/library-loans/products/library-readers";
  expect(JSON.parse(out)).toEqual({
    domain: "library-loans",
    product: "library-readers",
    files: ["contract.odcs.yaml", "product.sql", "product.test.ts", "generated/row.ts"].map(
      (file) => `${folder}/${file}`,
    ),
  });
  expect(await project.read(`${folder}/product.sql`)).toBe(`-- One row for each reader_id, order.
select
  reader_id,
  "Home Branch" as home_branch,
  "order" as order,
  amounts,
  to_json(details) as details,
  fee
from clean.readers
`);
  const contract = await project.read(`${folder}/contract.odcs.yaml`);
  expect(contract).toContain("  - id: library_reader\n    name: library_reader\n    physicalName: library_readers\n");
  expect(contract).toContain("team:\n  name: Library team\n");
  expect(await project.read("domains/library-loans/domain.ts")).toContain(
    'products: [{ name: "loans" }, { name: "library-readers" }],',
  );
  const checked = await project.mesh(["check"]);
  expect(checked).toMatchObject({ code: 0, err: "" });
  expect(checked.out).toContain("ok   domains: 1 domain with 2 products\n");
  expect((await project.mesh(["run", target])).code).toBe(0);
});

test.each([
  [["new", "domain", "Library_Loans"], "cli/bad-name: Library_Loans cannot be a name here: it is not lower-case words"],
  [["new", "domain", "../outside"], "cli/bad-name: ../outside cannot be a name here"],
  [["new", "domain", "warehouse"], "cli/bad-name: warehouse cannot be a name here: the platform uses that word itself"],
  [["new", "domain", "library-loans"], "cli/already-exists: domain library-loans exists already"],
  [["new", "domain", "other", "--product", "Loans"], "cli/bad-name: Loans cannot be a name here"],
  [
    ["new", "domain", "other", "--product", "loans"],
    "cli/name-taken: The domain library-loans has a product that is called loans",
  ],
  [["new", "domain", "other", "--owner", 'x", evil: "'], "cli/usage: --owner x"],
  [["new", "product", "library-loans"], "cli/usage: library-loans is not of the form domain/product"],
  [["new", "product", "librry-loans/x"], "cli/unknown-domain: There is no domain called librry-loans"],
  [["new", "product", "library-loans/X"], "cli/bad-name: X cannot be a name here"],
  [["new", "product", "library-loans/glossary"], "cli/bad-name: glossary cannot be a name here"],
  [["new", "product", "library-loans/loans"], "cli/already-exists: library-loans/loans exists already"],
  [
    ["new", "product", "library-loans/x", "--from", "record"],
    "cli/unknown-table: The domain library-loans has no clean/record.sql",
  ],
  [
    ["new", "product", "library-loans/x", "--from", "records", "--key", "nr"],
    "cli/unknown-column: clean.records has no column nr",
  ],
])("mesh %j is refused, and nothing is written", async (args, message) => {
  const { code, out, err } = await project.mesh(args);
  expect(err).toContain(message);
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(await readdir(join(project.root, "domains"))).toEqual(["library-loans"]);
  expect(existsSync(join(project.root, "domains/library-loans/products/x"))).toBe(false);
});

test("a cleaned table whose query is wrong leaves nothing behind", async () => {
  await project.write("domains/library-loans/clean/broken.sql", "select nope from raw.records");
  const { code, err } = await project.mesh(["new", "product", "library-loans/y", "--from", "broken"]);
  expect(code).toBe(1);
  expect(err).toContain('"nope"');
  expect(existsSync(join(project.root, "domains/library-loans/products/y"))).toBe(false);
  expect(await project.read("domains/library-loans/domain.ts")).not.toContain('"y"');
});
