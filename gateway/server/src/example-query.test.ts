import { decide } from "@thoth/access/decide";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openingQuery } from "./example-query.ts";
import { campusProducts, courses, now, offerings, results } from "./fixtures/campus.ts";
import { type Ask, openDoor } from "./fixtures/door.ts";

let mesh: SmallMesh;
let ask: Ask;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
  ask = openDoor(mesh);
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

const models = (products: readonly { readonly id: string }[]) => products.map(({ id }) => mesh.model(id));

describe("the query that GraphiQL opens with", () => {
  test("asks for every product, and for rows of one domain with what another knows of them", async () => {
    const query = openingQuery(models(campusProducts), decide);
    const { data, errors } = await ask(query);
    expect(errors).toEqual([]);
    expect(data.dataProducts).toHaveLength(campusProducts.length);
    expect(data.loans.nodes).toHaveLength(5);
    expect(data.loans.nodes[0].course).toEqual({ code: "B2", name: "Biology", faculty: "SCIENCE" });
    expect(query).toContain("# Rows of library, each with\n  # what campus knows of it.");
  });

  test("asks for rows alone where no domain refers to another", async () => {
    const query = openingQuery(models([courses, offerings]), decide);
    expect((await ask(query)).data.courses.nodes).toHaveLength(4);
  });

  test.each([
    ["nobody may read anything", [results]],
    ["there is nothing", []],
  ])("asks for the products alone where %s", async (_why, products) => {
    const { data, errors } = await ask(openingQuery(models(products), decide));
    expect(errors).toEqual([]);
    expect(Object.keys(data)).toEqual(["dataProducts"]);
  });
});
