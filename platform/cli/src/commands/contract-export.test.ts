import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportFormats } from "@thoth/contract/export/export-format";
import { readSourceDocument } from "@thoth/contract/source-document";
import { openPostgres } from "@thoth/control/postgres-store";
import { startPostgres } from "@thoth/testing/postgres";
import { tempDir } from "@thoth/testing/temp-dir";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import { Ajv2019 } from "ajv/dist/2019.js";
import formats from "ajv-formats";
import { buildSchema } from "graphql";
import { describe, expect, test } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { recordingEffects } from "../testing/recording-effects.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const standards = join(root, "../shared/standards");
const present = existsSync(standards);
if (!present) console.info("skipped: the published schemas of ODPS, ODCS and OpenSLO are not at ../shared/standards");

async function run(...args: readonly string[]) {
  const effects = recordingEffects({ cwd: root });
  const code = await runCommandLine(["contract", "export", ...args], effects);
  return { code, ...effects.said };
}

// biome-ignore lint/suspicious/noExplicitAny: documents of other tools, judged below
function parse(text: string): any {
  const { value, findings } = readSourceDocument(text, "export.yaml");
  expect(findings).toEqual([]);
  return value;
}

/** Every product of the repository in one format. */
async function exportAll(...args: readonly string[]): Promise<readonly { product: string; text: string }[]> {
  await using folder = await tempDir();
  const { code, out, err } = await run("--all", "--json", "--out", folder.path, ...args);
  expect([code, err]).toEqual([0, ""]);
  const { exports } = JSON.parse(out);
  expect(exports.length).toBeGreaterThan(8);
  return exports;
}

function compileSchema(file: string) {
  const ajv = new Ajv2019({ allErrors: true, strict: false });
  formats.default(ajv);
  return ajv.compile(JSON.parse(readFileSync(join(standards, file), "utf8")) as object);
}

test("JSON Schemas compile, and GraphQL schemas build", async () => {
  const ajv = new Ajv2019({ strict: false });
  formats.default(ajv);
  for (const { text } of await exportAll("--format", "json-schema"))
    expect(ajv.compile(JSON.parse(text))).toBeDefined();
  for (const { text } of await exportAll("--format", "sdl")) expect(buildSchema(text).getQueryType()).toBeDefined();
});

test("row types are TypeScript", async () => {
  for (const { text } of await exportAll("--format", "types"))
    expect(stripTypeScriptTypes(text).trim()).toMatch(/^\/\//);
});

test("DuckDB makes the tables, and holds their promises", async () => {
  await using engine = await openScratchEngine();
  for (const { text } of await exportAll("--format", "ddl")) await engine.query(text);
  const [row] = await engine.query(
    "select count(*)::INT as tables from duckdb_tables() where schema_name = 'ontrack_learning'",
  );
  expect(row?.tables).toBeGreaterThan(3);
  await expect(engine.query("insert into splashkit_usage.function_usage (binding) values ('cobol')")).rejects.toThrow();
  const comments = await engine.query(
    "select comment from duckdb_columns() where table_name = 'units' and column_name = 'code'",
  );
  expect(comments[0]?.comment).toMatch(/\(internal\)$|\(public\)$/);
});

test("Postgres makes the tables, and holds their promises", async () => {
  await using server = await startPostgres();
  await using store = await openPostgres(server.url);
  for (const { text } of await exportAll("--format", "ddl", "--dialect", "postgres")) {
    for (const statement of text.split(/;\n/).filter((part) => part.trim() !== "")) await store.query(statement);
  }
  const insert =
    "insert into splashkit_usage.function_usage values (date '2026-03-02', $1, 'f', 'none', null, 'f', 'c', 1, 0, 1, 1)";
  await store.query(insert, ["cpp"]);
  await expect(store.query(insert, ["cpp"])).rejects.toThrow(/duplicate key|unique/);
  await expect(store.query(insert, ["cobol"])).rejects.toThrow(/check/);
});

test("dbt sources name their tests", async () => {
  const sources = await exportAll("--format", "dbt");
  const usage = sources.find(({ product }) => product === "splashkit-usage/function-usage")?.text ?? "";
  const [table] = parse(usage).sources[0].tables;
  const testsOf = (name: string) => table.columns.find((column: { name: string }) => column.name === name).data_tests;
  expect(testsOf("binding")[0]).toBe("not_null");
  expect(testsOf("binding")[1].accepted_values.arguments.values).toContain("cpp");
  const link = { relationships: { arguments: { to: "source('ontrack_learning', 'units')", field: "code" } } };
  expect(testsOf("unit_code")).toEqual([link]);
  for (const { text } of sources) expect(parse(text).sources[0].tables).toHaveLength(1);
});

describe.skipIf(!present)("what is published of the standards", () => {
  test.each([
    ["odps", "odps/odps-json-schema-v1.0.0.json"],
    ["odcs-3.1", "odcs/odcs-json-schema-v3.1.0.json"],
  ])("%s is valid by %s", async (format, file) => {
    const validate = compileSchema(file);
    for (const { product, text } of await exportAll("--format", format)) {
      validate(parse(text));
      expect(validate.errors ?? [], product).toEqual([]);
    }
  });

  test("OpenSLO documents have the shape of the published examples", async () => {
    const examples = readdirSync(join(standards, "openslo")).map((file) =>
      readFileSync(join(standards, "openslo", file), "utf8"),
    );
    for (const text of examples) requireSlo(parse(text));
    for (const { text } of await exportAll("--format", "openslo")) {
      const [service, ...slos] = text.split(/^---\n/m).map(parse);
      expect(service).toMatchObject({ apiVersion: "openslo/v1", kind: "Service" });
      expect(slos.length).toBeGreaterThan(0);
      for (const slo of slos) {
        requireSlo(slo);
        expect(slo.spec.service).toBe(service.metadata.name);
      }
    }
  });
});

/** What OpenSLO v1 asks of an SLO, as far as the published examples and ours use it. */
// biome-ignore lint/suspicious/noExplicitAny: see above
function requireSlo({ apiVersion, kind, metadata, spec }: any): void {
  expect([apiVersion, kind]).toEqual(["openslo/v1", "SLO"]);
  expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  const { indicator, timeWindow, budgetingMethod, objectives } = spec;
  expect(Object.keys(indicator.spec)).toHaveLength(1);
  expect(["thresholdMetric", "ratioMetric"]).toContain(Object.keys(indicator.spec)[0]);
  expect(timeWindow).toHaveLength(1);
  expect(["Occurrences", "Timeslices", "RatioTimeslices"]).toContain(budgetingMethod);
  for (const objective of objectives) {
    expect(Number(objective.target)).toBeGreaterThan(0);
    expect(Number(objective.target)).toBeLessThan(1);
    expect("timeSliceWindow" in objective).toBe(String(budgetingMethod).endsWith("imeslices"));
    expect("value" in objective).toBe("thresholdMetric" in indicator.spec);
  }
}

const units = "ontrack-learning/units";

test.each(Object.keys(exportFormats))(
  "%s is the same twice, ends with a line break, and prints as --json says",
  async (format) => {
    const [first, second] = [await run(units, "--format", format), await run(units, "--format", format, "--json")];
    expect([first.code, first.err]).toEqual([0, ""]);
    expect(first.out).toMatch(/\S\n$/);
    expect(JSON.parse(second.out)).toEqual({ product: units, format, text: first.out });
  },
);

test("a published version and a file are exported like the product", async () => {
  const published = await run(`${units}@1.0.0`, "--format", "ddl");
  expect(published.out).toMatch(/^-- ontrack-learning\/units 1\.0\.0\n/);
  const file = await run("contracts/published/ontrack-learning/units/1.0.0.odcs.yaml", "--format", "ddl");
  expect(file.out).toBe(published.out);
});

test("a folder, a file, and what has become stale", async () => {
  await using folder = await tempDir();
  const page = join(folder.path, "units.md");
  const args = [units, "--format", "markdown", "--out"];
  expect(await run(...args, `${folder.path}/`)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^written .*units\.md\n$/),
  });
  expect(await run(...args, page, "--check")).toMatchObject({ code: 0, out: expect.stringMatching(/^current /) });
  writeFileSync(page, "old\n");
  expect(await run(...args, page, "--check")).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^stale .*units\.md\n/),
  });
  expect(readFileSync(page, "utf8")).toBe("old\n");
  expect((await run(...args, page)).code).toBe(0);
  expect(readFileSync(page, "utf8")).toContain("# Unit");
  expect(readdirSync(folder.path)).toEqual(["units.md"]);
});

test("when one file cannot be written, none is", async () => {
  await using folder = await tempDir();
  writeFileSync(join(folder.path, "splashkit-usage"), "a file where a folder should be");
  const { code, err } = await run("--all", "--format", "ddl", "--out", folder.path);
  expect(code).toBe(1);
  expect(err).toMatch(/cli\/not-writable: .*splashkit-usage.* cannot be written/);
  const left = readdirSync(folder.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.map(({ name }) => name)).toEqual(["splashkit-usage"]);
});

test.each<[readonly string[], number, RegExp]>([
  [[units], 2, /--format is missing; there is json-schema, sdl/],
  [[units, "--format", "pdf"], 2, /--format takes one of json-schema, .*, not pdf/],
  [[units, "--format", "ddl", "--dialect", "oracle"], 2, /--dialect takes duckdb or postgres, not oracle/],
  [[units, "--format", "sdl", "--dialect", "postgres"], 2, /--dialect is for --format ddl only/],
  [["--format", "ddl"], 2, /Name a product or a file, or say --all/],
  [[units, "--all", "--format", "ddl", "--out", "x"], 2, /--all takes no product/],
  [["--all", "--format", "ddl"], 2, /--all needs --out/],
  [[units, "--format", "ddl", "--check"], 2, /--check needs --out/],
  [
    [units, "--format", "odcs-3.1", "--out", "domains/ontrack-learning/products/units/contract.odcs.yaml"],
    2,
    /is a contract; write the export somewhere else/,
  ],
  [["ontrack-learning/nothing", "--format", "ddl"], 2, /cli\/unknown-product/],
  [
    [`${units}@7.0.0`, "--format", "ddl"],
    2,
    /cli\/unknown-version: ontrack-learning\/units has no published version 7\.0\.0/,
  ],
  [["nowhere.odcs.yaml", "--format", "ddl"], 1, /contract\/unreadable/],
  [["package.json", "--format", "odcs-3.1"], 1, /contract\/invalid/],
])("%j ends with %d", async (args, code, message) => {
  const ended = await run(...args);
  expect(ended.code).toBe(code);
  expect(ended.err).toMatch(message);
});
