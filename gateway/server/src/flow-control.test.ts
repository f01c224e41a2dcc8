import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { warehouseError } from "@thoth/warehouse/errors";
import type { ServingEngine } from "@thoth/warehouse/query-engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { openDoor } from "./fixtures/door.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
});
afterAll(() => mesh?.[Symbol.asyncDispose]());

describe("when too much is waiting", () => {
  const refuse = async () => {
    throw warehouseError["too-many-queries"]({ waiting: 40, running: 3, waitMs: 2_300 });
  };
  const full: ServingEngine = { epoch: 0, query: refuse, bytes: refuse };

  test.each([
    ["a plan", true, "3"],
    ["the stitched executor", false, "1"],
  ])("%s says when to come back, and asks nothing more of the engine", async (_, plans, seconds) => {
    const { status, headers, errors } = await openDoor(mesh, { engine: full, plans })("{ courses { totalCount } }");
    expect(status).toBe(503);
    expect(headers.get("retry-after")).toBe(seconds);
    expect(errors).toMatchObject([{ extensions: { code: "warehouse/too-many-queries" } }]);
  });
});

describe("what would cost too much is refused before anything is read", () => {
  const unused = () => Promise.reject(new Error("nothing may be read"));
  const engine: ServingEngine = { epoch: 0, query: unused, bytes: unused };

  test.each([
    [
      "values in the answer",
      "{ loans { nodes { branch number kind course { code name loans { nodes { days kind } } } } } }",
      { written: 40 },
      "up to",
    ],
    ["values to look at", "{ loans { nodes { branch } totalCount } }", { scanned: 6 }, "looking at"],
    [
      "values that are made one by one",
      '{ courses { nodes { code name } } dataProducts { id } loans(after: "x") { nodes { days } } }',
      { referred: 2 },
      "up to",
    ],
  ])("%s", async (_, query, costs, words) => {
    const { status, data, errors } = await openDoor(mesh, { engine, costs })(query);
    expect(status).toBe(400);
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining(words),
        extensions: { code: "subgraph/too-costly", hint: expect.stringContaining("Ask for") },
      },
    ]);
  });

  test("what costs just as much as is allowed is answered", async () => {
    // Six loans of one field, and the connection itself.
    const ask = openDoor(mesh, { costs: { written: 7 } });
    expect((await ask("{ loans { nodes { branch } } }")).data.loans.nodes).toHaveLength(6);
    expect((await ask("{ loans { nodes { branch number } } }")).status).toBe(400);
  });

  test("a small page of a large table costs little to write", async () => {
    const ask = openDoor(mesh, { costs: { written: 3 } });
    expect((await ask("{ loans(first: 2) { nodes { branch } } }")).data.loans.nodes).toHaveLength(2);
    expect((await ask("{ loans(first: 100000) { nodes { branch } } }")).status).toBe(400);
  });
});

describe("a list that is cut short is announced", () => {
  test.each([
    ["groups", "{ loansAggregate(groupBy: [NUMBER], first: 2) { count } }", ["loansAggregate"]],
    [
      "groups under an alias, and those of relations",
      "{ a: coursesAggregate(groupBy: [CODE], first: 4) { count } courses { nodes { per: loansAggregate(groupBy: [NUMBER], first: 1) { count } } } }",
      ["courses.nodes.per"],
    ],
    ["all groups", "{ loansAggregate(groupBy: [NUMBER]) { count } }", undefined],
  ])("%s", async (_, query, truncated) => {
    for (const plans of [true, false]) {
      const { text, data } = await openDoor(mesh, { plans })(query);
      expect(data).not.toBeNull();
      if (plans || !query.includes("per:")) expect(JSON.parse(text).extensions?.truncated).toEqual(truncated);
      else expect(JSON.parse(text).extensions.truncated).toHaveLength(1);
    }
  });
});
