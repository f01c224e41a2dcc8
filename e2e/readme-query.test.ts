import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { repository, type ServingMesh, serveMesh } from "./mesh-process.ts";

interface Unit {
  readonly code: string;
  readonly functionUsageAggregate: readonly { readonly sum: { readonly calls: number } }[];
  readonly feedbackTurnaroundAggregate: readonly {
    readonly sum: { readonly assessed: number | null };
    readonly ratio: number | null;
  }[];
}

async function firstQuery(): Promise<string> {
  const readme = await readFile(join(repository, "README.md"), "utf8");
  return /```graphql\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
}

function expectNumbers(data: { units: { nodes: readonly Unit[] }; productHealth: { nodes: readonly object[] } }): void {
  const units = data.units.nodes;
  expect(units.length).toBeGreaterThan(0);
  const calls = units.flatMap((unit) => unit.functionUsageAggregate.map((group) => group.sum.calls));
  expect(calls.length).toBeGreaterThan(units.length);
  expect(Math.min(...calls)).toBeGreaterThan(0);
  const turnaround = units.flatMap((unit) => unit.feedbackTurnaroundAggregate).filter((row) => row.sum.assessed);
  expect(turnaround.length).toBeGreaterThan(0);
  for (const { ratio } of turnaround) {
    expect(ratio).toBeGreaterThanOrEqual(0);
    expect(ratio).toBeLessThanOrEqual(1);
  }
  expect(data.productHealth.nodes.map((node) => (node as { productId: string }).productId).sort()).toEqual([
    "ontrack-learning/feedback-turnaround",
    "splashkit-usage/function-usage",
  ]);
  for (const node of data.productHealth.nodes)
    expect(node).toMatchObject({ fresh: expect.any(Boolean), rowCount: expect.any(Number) });
}

/** @returns what it says of the units: what it says of products may be told anew meanwhile, which happens every hour */
async function answerOf(mesh: ServingMesh): Promise<unknown> {
  const { data, errors } = await mesh.ask(await firstQuery());
  expect(errors).toBeUndefined();
  expectNumbers(data);
  return data.units;
}

/** As whole days are counted: in UTC. */
const today = () => new Date().toISOString().slice(0, 10);

// The query counts back from today, so the sample world is that of today, as it is for everybody who pastes it.
test("the README's first query answers with numbers of three domains; a second start reuses them", async () => {
  await using home = await tempDir("mesh-home-");
  const env = { MESH_HOME: home.path, MESH_SAMPLE_SCALE: "0.02" };
  const begun = today();
  const first = await serveMesh(["up"], { cwd: repository, env });
  expect(first.log()).not.toContain("failed");
  const answer = await answerOf(first);
  expect(await first.stop()).toBe(0);
  const second = await serveMesh(["up"], { cwd: repository, env });
  expect(second.log()).not.toContain("sample");
  expect(second.log()).not.toMatch(/\[ *1\/\d+\]/);
  const again = await answerOf(second);
  // From midnight on it counts back from another day.
  if (today() === begun) expect(again).toEqual(answer);
  expect(await second.stop()).toBe(0);
});
