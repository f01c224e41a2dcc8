import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { collapseErrors } from "./collapse-errors.ts";

const failure = (message: string, path: (string | number)[], extensions: object = { code: "a/b", domain: "campus" }) =>
  new GraphQLError(message, { path, extensions: { ...extensions } });

const collapsed = (errors: GraphQLError[]) =>
  collapseErrors({ data: {}, errors }).errors?.map(({ message, path, extensions }) => ({
    message,
    path,
    ...extensions,
  }));

test("copies of one failure become one error that names every field it made null", () => {
  expect(
    collapsed([
      failure("down", ["units", 0, "usage"]),
      failure("down", ["units", 1, "usage"]),
      failure("down", ["usage"]),
    ]),
  ).toEqual([
    {
      message: "down",
      path: ["units", 0, "usage"],
      code: "a/b",
      domain: "campus",
      affectedPaths: ["units.usage", "usage"],
    },
  ]);
});

test("different failures stay apart: by message, code and domain", () => {
  const errors = [
    failure("down", ["a"]),
    failure("up", ["b"]),
    failure("down", ["c"], { code: "a/c", domain: "campus" }),
    failure("down", ["d"], { code: "a/b", domain: "library" }),
  ];
  expect(collapsed(errors)).toHaveLength(4);
});

test("several failures that stitching wrapped into one become themselves again, at the place of the whole", () => {
  const inner = [failure("first", ["x"]), failure("second", ["y"])];
  const wrapped = new GraphQLError("several", {
    path: ["courses", 3, "loans"],
    originalError: new AggregateError(inner, "several"),
  });
  expect(collapsed([wrapped])).toMatchObject([
    { message: "first", code: "a/b", affectedPaths: ["courses.loans"] },
    { message: "second", code: "a/b", affectedPaths: ["courses.loans"] },
  ]);
});

test("an error without a place stays as it is, and an answer without errors too", () => {
  expect(collapsed([new GraphQLError("syntax")])).toEqual([{ message: "syntax", path: undefined }]);
  expect(collapseErrors({ data: { a: 1 } })).toEqual({ data: { a: 1 } });
});
