import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import fc from "fast-check";
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  NoUnusedVariablesRule,
  parse,
  print,
  specifiedRules,
  validate,
} from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSubgraph } from "./build-subgraph.ts";
import { contextFor } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";
import { choices, type Literals, OperationGenerator, type Pick, pickFrom } from "./fixtures/operations.ts";
import { bodyText } from "./fixtures/planned.ts";
import { fillStations, openStations, stationModels } from "./fixtures/stations.ts";
import { createPlannedExecutor } from "./planned-execution.ts";
import type { SubgraphContext } from "./subgraph.ts";

/** Whatever is asked, the planned answer is the reference executor's. `MESH_PLANNED_CASES` says how many are tried. */

const products = stationModels();
const subgraph = buildSubgraph({ domain: "lab", products, foreign: [] });
const { schema } = subgraph;
const planned = createPlannedExecutor({ subgraphs: [subgraph], schema });
const cases = Number(process.env.MESH_PLANNED_CASES ?? 240);
const worlds = 6;
/** Every operation declares the same variables, used or not. */
const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule);
let engine: TestEngine;

beforeAll(async () => {
  engine = await openStations();
});
afterAll(async () => engine[Symbol.asyncDispose]());

const literals: Literals = {
  String: ['"N1"', '"E2"', '"S3"', '"gone"', '"a"', '"A%"', '""', '"low"'],
  Int: ["0", "1", "2147483647"],
  BigInt: ["0", "1", '"9007199254740992"', "7"],
  Float: ["0", "0.1", "-2.5", "1e300"],
  Decimal: ['"0.5"', '"-0.01"', "0"],
  Boolean: ["true", "false"],
  Date: ['"2026-01-05"', '"2024-02-29"'],
  DateTime: ['"2026-03-01T10:00:00.123456Z"', '"2026-03-02T00:00:00Z"', '"2024-02-29T23:59:59.999Z"'],
  Time: ['"09:30:00.5"', '"00:00"'],
  Duration: ['"P3W"', '"P10Y"'],
  JSON: ["1"],
};

const roots = ["stations", "badges", "samples", "remarks"].flatMap((name) => [
  name,
  name,
  `${name}Aggregate`,
  `${name}ByKey`,
]);

async function refer(document: DocumentNode, variableValues: Variables, contextValue: SubgraphContext) {
  const result = await execute({ schema, document, variableValues, contextValue });
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

/** Mostly everything is clear; sometimes columns are masked or denied, rows left out, small groups hidden. */
function someDecision(model: ProductModel, pick: Pick): Partial<Decision> {
  if (pick([true, true, false])) return { fingerprint: "all" };
  const columns = { [pick(model.columns).name]: pick(["masked", "masked", "denied"] as const) };
  const rowFilter = pick([null, `${model.key[0]}::varchar not in ('E2', '3')`]);
  const rule = { columns, rowFilter, minGroupSize: pick([0, 0, 2]) };
  return { ...rule, fingerprint: JSON.stringify(rule) };
}

let fields = 0;
let left = 0;

test(`${cases} operations over ${worlds} worlds are answered as the reference executor answers them`, async () => {
  for (let world = 0; world < worlds; world++) {
    await fillStations(engine, world);
    const property = fc.asyncProperty(choices, async (stream) => {
      const pick = pickFrom(stream);
      const { source, variables } = new OperationGenerator(schema, literals, pick).operation(roots);
      const decisions = Object.fromEntries(products.map((model) => [model.id, someDecision(model, pick)]));
      const context = () => contextFor(engine, { decisions });
      const document = parse(source);
      const first = await compare(document, variables, context);
      const pages = Object.values((first.data ?? {}) as Record<string, { page?: { endCursor?: string } } | null>);
      const after = pages.find((field) => field?.page?.endCursor)?.page?.endCursor;
      if (after !== undefined) await compare(document, { ...variables, after }, context);
    });
    await fc.assert(property, { numRuns: Math.ceil(cases / worlds), seed: world });
  }
  // Most must be planned: a planner that leaves everything to the reference executor would pass otherwise.
  expect(fields).toBeGreaterThan(cases);
  expect(left).toBeLessThan(fields / 4);
});

type Variables = Readonly<Record<string, unknown>>;

async function compare(
  document: DocumentNode,
  variables: Variables,
  contextOf: () => SubgraphContext,
): Promise<ExecutionResult> {
  const expected = await refer(document, variables, contextOf());
  const request = { document, variables, context: contextOf() };
  const reference = (rest: DocumentNode) => refer(rest, variables, contextOf());
  const answer = await planned.execute({ ...request, reference });
  const explained = planned.explain(request) ?? [];
  fields += explained.length;
  left += answer?.fallback.length ?? explained.length;
  const answered = answer === undefined ? expected : JSON.parse(bodyText(answer));
  const [text, expectedText] = [textOf(answered), textOf(expected)];
  // To judge and print thousands of questions that were answered well takes its time.
  if (text !== expectedText && validate(schema, document, rules).length === 0)
    expect(text, `${print(document)} ${JSON.stringify(variables)}`).toBe(expectedText);
  return expected;
}

/** Keys in their order, errors in any. Correlation ids are new each time. */
function textOf({ data, errors }: ExecutionResult): string {
  const id = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;
  const sorted = (errors ?? []).map((error) => JSON.stringify(error).replaceAll(id, "id")).toSorted();
  return JSON.stringify({ data, errors: sorted }, null, 1);
}
