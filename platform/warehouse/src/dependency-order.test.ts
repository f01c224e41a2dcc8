import fc from "fast-check";
import { expect, test } from "vitest";
import { dependencyOrder } from "./dependency-order.ts";

test("what is independent keeps its order; what depends comes after", () => {
  const nodes = [
    { id: "product/b", dependsOn: ["clean/x", "product/a"] },
    { id: "clean/x", dependsOn: ["raw/outside"] },
    { id: "product/a", dependsOn: ["clean/x"] },
    { id: "clean/y", dependsOn: [] },
  ];
  expect(dependencyOrder(nodes)).toEqual(["clean/x", "product/a", "product/b", "clean/y"]);
});

test.each([
  [[["a", "a"]], "a → a"],
  [
    [
      ["start", "b"],
      ["b", "c"],
      ["c", "d"],
      ["d", "b"],
    ],
    "b → c → d → b",
  ],
])("the cycle in %j is named whole", (edges, cycle) => {
  const nodes = edges.map(([id = "", other = ""]) => ({ id, dependsOn: [other], at: { file: `${id}.sql`, line: 3 } }));
  const first = cycle.slice(0, 1);
  expect(() => dependencyOrder(nodes)).toThrow(
    expect.objectContaining({
      code: "warehouse/cyclic-dependency",
      message: expect.stringContaining(cycle),
      at: { file: `${first}.sql`, line: 3 },
    }),
  );
});

test("in any graph, either every node follows its dependencies or a real cycle is named", () => {
  const graphs = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.uniqueArray(fc.integer({ min: 0, max: size }), { maxLength: 3 }), {
      minLength: size,
      maxLength: size,
    }),
  );
  fc.assert(
    fc.property(graphs, (graph) => {
      const nodes = graph.map((targets, index) => ({ id: `${index}`, dependsOn: targets.map(String) }));
      const order = orderOrCycle(nodes);
      if (order.cycle !== undefined) {
        expect(order.cycle.length).toBeGreaterThan(1);
        expect(order.cycle.at(0)).toBe(order.cycle.at(-1));
        for (const [index, id] of order.cycle.slice(0, -1).entries()) {
          expect(nodes[Number(id)]?.dependsOn).toContain(order.cycle[index + 1]);
        }
        return;
      }
      expect(order.ids.toSorted()).toEqual(nodes.map((node) => node.id).toSorted());
      for (const { id, dependsOn } of nodes) {
        for (const other of dependsOn) expect(order.ids.indexOf(other)).toBeLessThan(order.ids.indexOf(id));
      }
    }),
  );
});

function orderOrCycle(nodes: { id: string; dependsOn: string[] }[]): { ids: string[]; cycle?: string[] } {
  try {
    return { ids: dependencyOrder(nodes) };
  } catch (error) {
    return { ids: [], cycle: (error as Error).message.replace(/^.*: /, "").split(" → ") };
  }
}
