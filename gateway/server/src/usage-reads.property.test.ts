import { decide } from "@thoth/access/decide";
import type { Principal } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { buildSubgraph } from "@thoth/subgraph/build-subgraph";
import { choices, type Literals, OperationGenerator, pickFrom } from "@thoth/subgraph/fixtures/operations";
import { stationModels } from "@thoth/subgraph/fixtures/stations";
import { createPlannedExecutor } from "@thoth/subgraph/planned-execution";
import type { SubgraphContext } from "@thoth/subgraph/subgraph";
import fc from "fast-check";
import { parse } from "graphql";
import { expect, test } from "vitest";
import { Catalog } from "./catalog.ts";
import { composeSchema } from "./compose-schema.ts";
import { buildDiscoverySchema } from "./discovery-schema.ts";
import { recordLog } from "./fixtures/door.ts";
import { UsageDocuments } from "./usage-document.ts";
import { describeUsage } from "./usage-meaning.ts";

const now = Date.parse("2026-03-18T12:00:00Z");

const somebody: Principal = { name: "ada", kind: "person", roles: [], attributes: {} };

const literals: Literals = {
  String: ['"N1"', '"a"'],
  BigInt: ["1"],
  Float: ["0.1"],
  Decimal: ['"0.5"'],
  Boolean: ["true", "false"],
  Date: ['"2026-01-05"'],
  DateTime: ['"2026-03-01T10:00:00.123456Z"'],
  Time: ['"09:30:00"'],
  Duration: ['"P3W"'],
};

const roots = ["stations", "badges", "samples", "remarks"].flatMap((name) => [
  name,
  `${name}Aggregate`,
  `${name}ByKey`,
]);

test.each([
  ["one domain", "lab"],
  ["two domains", "field"],
])("whatever is asked of %s, every column of the planned SQL is recorded", (_what, field) => {
  const products = stationModels(field);
  const subgraphs = [...Map.groupBy(products, ({ domain }) => domain)].map(([domain, own]) =>
    buildSubgraph({ domain, products: own, foreign: products.filter((product) => product.domain !== domain) }),
  );
  const own = buildDiscoverySchema(new Catalog([], [], () => []));
  const placed = subgraphs.map((subgraph) => ({ subgraph }));
  const schema = composeSchema(placed, own, { remoteTimeoutMs: 1, log: recordLog() });
  const planned = createPlannedExecutor({ subgraphs, schema });
  const documents = new UsageDocuments({ schema, meaning: describeUsage(subgraphs) });
  const context = {
    principal: somebody,
    purpose: undefined,
    decide: (product: ProductModel) => decide(somebody, product),
    now,
  } as SubgraphContext;
  let seen = 0;
  const property = fc.property(choices, (stream) => {
    const { source, variables } = new OperationGenerator(schema, literals, pickFrom(stream)).operation(roots);
    const document = parse(source);
    const recorded = documents.readsOf({ document, variableValues: variables });
    const known = new Set(
      recorded.flatMap(({ model, columns }) => columns.map((name) => `${model.tableName}.${name}`)),
    );
    const tables = new Set(recorded.map(({ model }) => model.tableName));
    for (const explained of planned.explain({ document, variables, context }) ?? []) {
      const sql = explained.kind === "planned" ? explained.statement?.sql : undefined;
      for (const { table, columns } of sql === undefined ? [] : readBy(sql)) {
        seen += columns.length;
        expect(tables, source).toContain(table);
        expect([...known], `${source}\n${sql}`).toEqual(
          expect.arrayContaining(columns.map((name) => `${table}.${name}`)),
        );
      }
    }
  });
  fc.assert(property, { numRuns: 400, seed: 20260318 });
  // A planner that leaves everything to others would prove nothing.
  expect(seen).toBeGreaterThan(1_000);
});

/** The innermost FROM names each table with the columns that are read from it, and nothing else may name a table. */
function readBy(sql: string): { table: string; columns: string[] }[] {
  const found = [...sql.matchAll(/\(SELECT ((?:(?!SELECT| FROM ).)*) FROM "[^"]+"\."finite"\."([^"]+)"\)/gs)];
  expect(found, sql).toHaveLength(sql.split('."finite".').length - 1);
  return found.map(([, list = "", table = ""]) => {
    const columns = [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name).filter((name) => name !== "$row");
    return { table, columns: [...new Set(columns)] };
  });
}
