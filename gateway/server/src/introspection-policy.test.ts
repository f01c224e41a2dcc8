import type { IntrospectionPolicy } from "@thoth/subgraph/port-policy";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { type Ask, gatewaySettings, openDoor, tokenFor } from "./fixtures/door.ts";
import { createGateway } from "./serve-gateway.ts";

let mesh: SmallMesh;
let known: Record<string, string>;

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
  known = { authorization: `Bearer ${await tokenFor("ada")}` };
});
afterAll(() => mesh?.[Symbol.asyncDispose]());

const door = (introspection: IntrospectionPolicy) => openDoor(mesh, { policy: { introspection } });
const schemaCode = "gateway/introspection-denied";

describe("who is shown the schema", () => {
  test.each<[IntrospectionPolicy, "anonymous" | "known", boolean]>([
    ["everybody", "anonymous", true],
    ["everybody", "known", true],
    ["authenticated", "anonymous", false],
    ["authenticated", "known", true],
    ["nobody", "anonymous", false],
    ["nobody", "known", false],
  ])("%s: %s: %s", async (policy, who, shown) => {
    const ask = door(policy);
    const options = who === "known" ? { headers: known } : {};
    const whole = await ask(getIntrospectionQuery(), options);
    const nested = '{ ...f } fragment f on Query { ... { t: __type(name: "Course") { name } } }';
    const { data } = await ask(nested, options);
    const wrong = await ask("{ course { nodes { cod } } coursesByKey(kode: 1) { code } }", options);
    const guesses = wrong.errors.filter(({ message }) => message.includes("Did you mean"));
    expect(wrong.errors).not.toEqual([]);
    expect([whole.data?.__schema !== undefined, data !== null, guesses.length > 0]).toEqual([shown, shown, shown]);
    if (!shown)
      expect(whole).toMatchObject({ status: 403, data: null, errors: [{ extensions: { code: schemaCode } }] });
  });

  test("what one may see is not remembered for another", async () => {
    const ask = door("authenticated");
    const query = "{ __schema { queryType { name } } }";
    const seen = async (headers: Record<string, string>) => (await ask(query, { headers })).data !== null;
    expect([await seen({}), await seen(known), await seen({}), await seen(known)]).toEqual([false, true, false, true]);
  });

  test("values are not guessed either", async () => {
    const query = "query ($by: [CourseOrderBy!]) { courses(orderBy: $by) { totalCount } }";
    const variables = { by: [{ cod: "ASC" }] };
    const messages = async (ask: Ask) => (await ask(query, { variables })).errors.map(({ message }) => message).join();
    expect(await messages(door("everybody"))).toContain("Did you mean");
    expect(await messages(door("nobody"))).not.toContain("Did you mean");
  });

  test("__typename and discovery are no schema", async () => {
    const { data } = await door("nobody")("{ __typename dataProducts { id __typename } }");
    expect(data).toEqual({ __typename: "Query", dataProducts: [{ id: "campus/courses", __typename: "DataProduct" }] });
  });
});

describe("GraphiQL", () => {
  const page = (policy: object) =>
    createGateway(gatewaySettings(mesh, { policy })).fetch("http://mesh.test/graphql", {
      headers: { accept: "text/html" },
    });
  test.each<[object, boolean]>([
    [{ introspection: "everybody" }, true],
    [{ introspection: "authenticated" }, true],
    [{ introspection: "nobody" }, false],
    [{ documentsOnly: true }, false],
  ])("is there when somebody can use it: %o: %s", async (policy, there) => {
    const response = await page(policy);
    expect(response.headers.get("content-type")?.startsWith("text/html") ?? false).toBe(there);
    await response.body?.cancel();
  });
});
