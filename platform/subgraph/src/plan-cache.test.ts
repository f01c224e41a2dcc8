import { parse } from "graphql";
import { expect, test } from "vitest";
import { courseModel, decisionFor } from "./fixtures/models.ts";
import type { OperationPlan } from "./operation-plan.ts";
import { PlanCache } from "./plan-cache.ts";

const document = parse("query A { courses { totalCount } } query B { courses { totalCount } }");
const made = () => ({ fields: [] }) as unknown as OperationPlan;

function ask(
  cache: PlanCache,
  changes: { name?: string; variables?: object; now?: number; fingerprint?: string } = {},
) {
  const { name = "A", variables = {}, now = 1, fingerprint = "f" } = changes;
  const operation = { document, operationName: name, variables: variables as Record<string, unknown> };
  return cache.plan(operation, { now, decide: (model) => decisionFor(model, { fingerprint }) }, (decide) => {
    decide(courseModel);
    return made();
  });
}

test.each([
  ["the same operation", {}, true],
  ["another operation of the document", { name: "B" }, false],
  ["other variables", { variables: { first: 1 } }, false],
  ["another decision", { fingerprint: "g" }, false],
  ["another instant", { now: 2 }, true],
])("%s", (_, changes, same) => {
  const cache = new PlanCache();
  const first = ask(cache);
  expect(ask(cache, changes) === first).toBe(same);
  expect(ask(cache)).toBe(first);
});

test("what counts from now is planned anew at another instant", () => {
  const cache = new PlanCache();
  const variables = { where: { week: { withinLast: "P4W" } } };
  const first = ask(cache, { variables });
  expect(ask(cache, { variables })).toBe(first);
  expect(ask(cache, { variables, now: 2 })).not.toBe(first);
});

test("the same text in another document is the same operation", () => {
  const cache = new PlanCache();
  const at = { now: 1, decide: decisionFor };
  const first = cache.plan({ document: parse("{ a }") }, at, made);
  expect(cache.plan({ document: parse("{\n  a # again\n}") }, at, made)).toBe(first);
});

test("what was used longest ago is forgotten first", () => {
  const cache = new PlanCache(2);
  const [one, two] = [ask(cache, { variables: { a: 1 } }), ask(cache, { variables: { a: 2 } })];
  expect(ask(cache, { variables: { a: 1 } })).toBe(one);
  ask(cache, { variables: { a: 3 } });
  expect(ask(cache, { variables: { a: 1 } })).toBe(one);
  expect(ask(cache, { variables: { a: 2 } })).not.toBe(two);
});

test("a request too large to be remembered is planned each time", () => {
  const cache = new PlanCache();
  const variables = { codes: "x".repeat(40_000) };
  expect(ask(cache, { variables })).not.toBe(ask(cache, { variables }));
});
