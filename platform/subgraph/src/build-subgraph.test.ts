import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { defineErrors } from "@thoth/kernel/mesh-error";
import { buildSchema, type GraphQLFieldMap, type GraphQLSchema, isObjectType, printSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildSubgraph } from "./build-subgraph.ts";
import { ask, campus, contextFor, library, openCampus } from "./fixtures/campus.ts";
import type { TestEngine } from "./fixtures/engine.ts";
import { courseModel, enrolmentModel, loanModel, productModel } from "./fixtures/models.ts";
import { defineGraph } from "./graph-extension.ts";
import { printSdl } from "./print-sdl.ts";

let engine: TestEngine;

beforeAll(async () => {
  engine = await openCampus();
});
afterAll(async () => engine[Symbol.asyncDispose]());

function fieldsOf(schema: GraphQLSchema, name: string): GraphQLFieldMap<unknown, unknown> {
  const type = schema.getType(name);
  if (!isObjectType(type)) throw new Error(`no object type ${name}`);
  return type.getFields();
}

describe("the SDL", () => {
  test.each([
    ["campus", campus],
    ["library", library],
  ])("of %s is the one people have read", (name, build) => {
    const file = new URL(`fixtures/sdl/${name}.sdl`, import.meta.url);
    const sdl = printSdl(build().schema);
    if (!existsSync(file) && process.env.CI === undefined) writeFileSync(file, sdl);
    expect(sdl).toBe(readFileSync(file, "utf8"));
  });

  test("is the schema, with the stitching directives", () => {
    const { schema } = campus();
    const sdl = printSdl(schema);
    expect(printSchema(buildSchema(sdl))).toBe(printSchema(schema));
    expect(sdl).toContain('type Course @key(selectionSet: "{ code }") @canonical {');
    expect(sdl).toContain('type Enrolment @key(selectionSet: "{ courseCode week }") @canonical {');
    expect(sdl).toContain('_courseByKeys(keys: [CourseKey!]!): [Course] @merge(keyArg: "keys")');
  });

  test("tells meaning, unit, classification and deprecation of a column", () => {
    const course = fieldsOf(campus().schema, "Course");
    expect(course.budget?.description).toBe("The budget.\n\nUnit: AUD. Classification: internal.");
    expect(course.convenorEmail?.description).toContain("Classification: confidential.");
    expect(course.oldName?.deprecationReason).toBe("Use name.");
  });
});

describe("names", () => {
  const room = (typeName: string, product = "rooms") =>
    productModel({ domain: "campus", product, typeName, key: ["code"], columns: { code: "VARCHAR" } });
  const refers = (fieldName: string, from: string, columns = ["code"]) => ({
    fieldName,
    from: [from],
    to: { domain: "campus", product: "courses", major: 1, columns },
  });
  const visit = (relationships: (typeof enrolmentModel)["relationships"], columns = {}) =>
    productModel({
      domain: "campus",
      product: "visits",
      typeName: "Visit",
      key: ["id"],
      columns: { id: "INTEGER", course_code: "VARCHAR", other_code: "VARCHAR", ...columns },
      relationships,
    });

  test.each([
    ["two products with one type", [courseModel, room("Course")], "Course"],
    ["a type of ours", [room("PageInfo")], "PageInfo"],
    ["a type made for another product", [courseModel, room("CourseEdge")], "CourseEdge"],
    ["a root field", [courseModel, room("Room", "courses-aggregate")], "coursesAggregate"],
    ["a column and a relationship", [courseModel, visit([refers("otherCode", "course_code")])], "Visit.otherCode"],
    [
      "a column and a word of the filters",
      [productModel({ domain: "d", product: "p", typeName: "P", key: ["not"], columns: { not: "VARCHAR" } })],
      "not",
    ],
  ])("%s with one name are refused", (_, products, name) => {
    const build = () => buildSubgraph({ domain: "campus", products, foreign: [] });
    expect(build).toThrow(
      expect.objectContaining({ code: "subgraph/name-taken", message: expect.stringContaining(name) }),
    );
  });

  test("a second relationship between the same products says by which field", () => {
    const { schema } = buildSubgraph({
      domain: "campus",
      products: [courseModel, visit([refers("course", "course_code"), refers("other", "other_code")])],
      foreign: [],
    });
    const fields = Object.keys(fieldsOf(schema, "Course"));
    expect(fields).toEqual(
      expect.arrayContaining(["visits", "visitsAggregate", "visitsByOther", "visitsByOtherAggregate"]),
    );
  });

  test.each([
    ["subgraph/unknown-product", [loanModel], []],
    ["subgraph/relationship-not-unique", [courseModel, visit([refers("course", "course_code", ["name"])])], []],
    [
      "subgraph/relationship-not-unique",
      [
        visit([
          {
            fieldName: "enrolment",
            from: ["course_code"],
            to: { domain: "other", product: "enrolments", major: 1, columns: ["course_code"] },
          },
        ]),
      ],
      [{ ...enrolmentModel, id: "other/enrolments", domain: "other" }],
    ],
  ])("%s", (code, products, foreign) => {
    expect(() => buildSubgraph({ domain: "campus", products, foreign })).toThrow(expect.objectContaining({ code }));
  });
});

test("a product with nothing but a key has no numbers, times or groups of them", async () => {
  const tags = productModel({
    domain: "campus",
    product: "tags",
    typeName: "Tag",
    key: ["tag"],
    columns: { tag: "VARCHAR", blob: "JSON" },
  });
  const { schema } = buildSubgraph({ domain: "campus", products: [tags], foreign: [] });
  expect(schema.getType("TagBucket")).toBeUndefined();
  expect(schema.getType("TagSum")).toBeUndefined();
  expect(Object.keys(fieldsOf(schema, "TagAggregate"))).toEqual(["group", "count", "countDistinct", "min", "max"]);
});

describe("a product's graph.ts", () => {
  const roomError = defineErrors("rooms", {
    closed: (_: object) => ({ message: "the room is closed", hint: "Come back tomorrow." }),
  });
  const extension = defineGraph((builder, types) => {
    const { Course } = types;
    if (Course === undefined) throw new Error("no Course");
    builder.objectField(Course, "label", (t) =>
      t.string({ extensions: { columns: ["code", "name"] }, resolve: (row) => `${row.code} ${row.name}` }),
    );
    builder.objectField(Course, "contact", (t) =>
      t.string({ extensions: { columns: ["convenor_email"] }, resolve: (row) => `mailto:${row.convenor_email}` }),
    );
    builder.objectField(Course, "room", (t) =>
      t.string({
        resolve: () => {
          throw roomError.closed({});
        },
      }),
    );
  });
  const graph = buildSubgraph({
    domain: "campus",
    products: [courseModel, enrolmentModel],
    foreign: [],
    extensions: [extension],
  });

  test("adds fields that read the columns they name, and only when they are selected", async () => {
    engine.statements.length = 0;
    const { data } = await ask(
      graph,
      contextFor(engine),
      "{ courses(first: 1) { nodes { label } } enrolments(first: 1) { nodes { course { label } } } }",
    );
    expect(data).toEqual({
      courses: { nodes: [{ label: "A1 Algebra" }] },
      enrolments: { nodes: [{ course: { label: "A1 Algebra" } }] },
    });
    expect(engine.statements[0]?.sql).toContain('SELECT "code", "name" FROM');
    await ask(graph, contextFor(engine), "{ courses(first: 1) { nodes { faculty } } }");
    expect(engine.statements.at(-1)?.sql).not.toContain('"name"');
  });

  test("cannot show what its reader may not read", async () => {
    const context = contextFor(engine, { decisions: { "campus/courses": { columns: { convenor_email: "denied" } } } });
    const { data, errors } = await ask(graph, context, "{ courses { nodes { contact } } }");
    expect(data.courses.nodes[0]).toEqual({ contact: null });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["access/column-denied"]);
  });

  test("its own errors keep code and hint, once per field", async () => {
    const { data, errors } = await ask(graph, contextFor(engine), "{ courses { nodes { code room } } }");
    expect(data.courses.nodes).toHaveLength(5);
    expect(errors?.map(({ extensions }) => extensions)).toEqual([
      { code: "rooms/closed", hint: "Come back tomorrow.", domain: "campus" },
    ]);
  });
});
