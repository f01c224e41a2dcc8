import { decide } from "@thoth/access/decide";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "./fixtures/campus.ts";
import { type Ask, openDoor, tokenFor } from "./fixtures/door.ts";

let mesh: SmallMesh;
let ask: Ask;

beforeAll(async () => {
  mesh = await openSmallMesh(campusProducts, { now });
  ask = openDoor(mesh);
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

/** Values of confidential columns anywhere in the small world. */
const secrets = /ada@|bea@|cyd@|"ann"|"bob"|zoe|yan|xia|stu-1|stu-2|717171|434343/;

describe("a confidential column is served to nobody", () => {
  test.each<[string, string]>([
    ["selected", "{ courses { nodes { code convenorEmail } } }"],
    ["selected by key", '{ coursesByKey(code: "A1") { convenorEmail } }'],
    ["selected through a reference to another domain", "{ loans { nodes { course { convenorEmail } } } }"],
    ["selected through rows of another domain", "{ courses { nodes { loans { nodes { borrower } } } } }"],
    ["selected two domains away", "{ papers { nodes { loan { offering { teacher } } } } }"],
    ["selected under another name", "{ courses { nodes { name: convenorEmail } } }"],
    ["in a filter", '{ courses(where: { convenorEmail: { startsWith: "a" } }) { nodes { code } } }'],
    ["in a filter that counts", '{ courses(where: { convenorEmail: { eq: "ada@campus" } }) { totalCount } }'],
    [
      "in a filter inside not",
      "{ courses(where: { not: { or: [{ convenorEmail: { isNull: true } }] } }) { totalCount } }",
    ],
    [
      "in the filter of a relation",
      '{ courses { nodes { loans(where: { borrower: { eq: "zoe" } }) { totalCount } } } }',
    ],
    ["in an order", "{ courses(orderBy: [{ convenorEmail: ASC }]) { nodes { code } } }"],
    ["in an order that only a cursor shows", "{ courses(orderBy: [{ convenorEmail: DESC }]) { edges { cursor } } }"],
    ["grouped by", "{ loansAggregate(groupBy: [BORROWER]) { group { borrower } count } }"],
    ["grouped by without being shown", "{ loansAggregate(groupBy: [BORROWER]) { count } }"],
    ["measured", "{ loansAggregate { count min { borrower } countDistinct { borrower } } }"],
    ["measured through a relation", "{ courses { nodes { loansAggregate { max { borrower } } } } }"],
    [
      "in the condition on groups",
      '{ loansAggregate(groupBy: [KIND], having: { min: { borrower: { lt: "y" } } }) { count } }',
    ],
    ["in the order of groups", "{ loansAggregate(groupBy: [KIND], orderBy: [{ min: { borrower: ASC } }]) { count } }"],
  ])("%s", async (_how, query) => {
    const { errors, text, status } = await ask(query);
    expect(status).toBe(200);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(errors.map(() => "access/column-denied"));
    expect(text).not.toMatch(secrets);
  });

  test("and the rest of the row is", async () => {
    const { data, errors } = await ask("{ courses(first: 1) { nodes { code convenorEmail name } } }");
    expect(data.courses.nodes).toEqual([{ code: "A1", convenorEmail: null, name: "Algebra" }]);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      message: "column convenor_email of campus/courses may not be used in the selection with this identity",
      extensions: { code: "access/column-denied", domain: "campus", affectedPaths: ["courses.nodes.convenorEmail"] },
    });
  });

  test("a cursor tells nothing but its own order, and one that was made up is refused", async () => {
    const { data } = await ask("{ courses(first: 2, orderBy: [{ name: ASC }]) { pageInfo { endCursor } } }");
    const cursor = String(data.courses.pageInfo.endCursor);
    expect(Buffer.from(cursor, "base64url").toString()).not.toMatch(secrets);
    const place = JSON.stringify(["x", "y", "bea@campus"]);
    const forged = await ask("query ($after: String) { courses(after: $after) { nodes { code } } }", {
      variables: { after: Buffer.from(place).toString("base64url") },
    });
    expect(forged.errors[0]?.extensions.code).toBe("subgraph/cursor-invalid");
  });
});

describe("a product whose key is confidential is served to nobody", () => {
  test.each<[string, string]>([
    ["rows", "{ results { nodes { mark } } }"],
    ["count", "{ results { totalCount } }"],
    ["by key", '{ resultsByKey(student: "stu-1", courseCode: "A1") { mark } }'],
    ["aggregate", "{ resultsAggregate { count avg { mark } } }"],
    ["through a course", "{ courses { nodes { results { totalCount } } } }"],
    ["aggregated through a course", "{ courses { nodes { resultsAggregate { count } } } }"],
  ])("%s", async (_how, query) => {
    const { errors, text } = await ask(query);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(["access/product-denied"]);
    expect(text).not.toMatch(secrets);
  });
});

describe("requests share nothing", () => {
  const denying = () =>
    openDoor(mesh, {
      decide: (principal, product, purpose) => {
        const decision = decide(principal, product, purpose);
        if (principal.name === "ann" || product.domain !== "library") return decision;
        return { ...decision, columns: { ...decision.columns, days: "denied" } };
      },
    });
  const query = "{ courses { nodes { code loans { nodes { number days } } } } }";

  test("two readers who ask the same at the same time get each their own answer", async () => {
    const both = denying();
    const as = async (name: string) => both(query, { headers: { authorization: `Bearer ${await tokenFor(name)}` } });
    const answers = await Promise.all([as("ann"), as("bob"), as("ann"), as("bob"), both(query)]);
    const days = answers.map(({ data }) => data.courses.nodes[0].loans.nodes.map((row: { days: number }) => row.days));
    expect(days).toEqual([
      [2, 30, 14],
      [null, null, null],
      [2, 30, 14],
      [null, null, null],
      [null, null, null],
    ]);
    const codes = answers.map(({ errors }) => errors.map(({ extensions }) => extensions.code));
    const denied = ["access/column-denied"];
    expect(codes).toEqual([[], denied, [], denied, denied]);
  });

  test("an answer is not kept: what is published next is seen at once", async () => {
    const own = await openSmallMesh(campusProducts, { now });
    await using _closed = own;
    const door = openDoor(own);
    expect((await door("{ loans { nodes { course { name } } } }")).data.loans.nodes[1].course.name).toBe("Algebra");
    const rows =
      "select 'A1' as code, 'Anatomy' as name, 'science' as faculty, 1 as students, null as updated_at, null as old_name, null as convenor_email";
    await own.publish("campus/courses", rows);
    const { data } = await door("{ loans { nodes { course { name } } } courses { totalCount } }");
    expect(data.loans.nodes[1].course.name).toBe("Anatomy");
    expect(data.courses.totalCount).toBe(1);
  });
});
