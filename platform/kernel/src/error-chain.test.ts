import { expect, test } from "vitest";
import { errorChain, findMeshError } from "./error-chain.ts";
import { MeshError } from "./mesh-error.ts";

const expected = new MeshError("demo/broken", { message: "it broke", hint: "Mend it." });
const bug = new Error("bug");

test.each([
  ["the error itself", expected],
  ["a cause", new Error("outer", { cause: expected })],
  ["what a failing dispose suppressed", new SuppressedError(new Error("dispose"), expected)],
  ["the failing dispose", new SuppressedError(expected, bug)],
  ["one part of an aggregate", new AggregateError([bug, expected])],
  ["a cause of a cause", new Error("a", { cause: new Error("b", { cause: expected }) })],
])("finds the expected failure in %s", (_, thrown) => {
  expect(findMeshError(thrown)).toBe(expected);
});

test.each([[undefined], [null], ["text"], [bug], [new Error("outer", { cause: "text" })]])(
  "finds none in %s",
  (thrown) => {
    expect(findMeshError(thrown)).toBeUndefined();
  },
);

test("walks outermost first and what was suppressed before what suppressed it", () => {
  const dispose = new Error("dispose");
  const both = new SuppressedError(dispose, bug);
  expect([...errorChain(both)]).toEqual([both, bug, dispose]);
});

test("a cycle ends the walk", () => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;
  expect([...errorChain(first)]).toEqual([first, second]);
});
