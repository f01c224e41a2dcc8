import { MeshError } from "@thoth/kernel/mesh-error";
import { expect, test } from "vitest";
import { cliError } from "./errors.ts";
import { reportFailure } from "./failure-report.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

const expected = new MeshError(
  "slo/example",
  { message: "it is late", hint: "Wait." },
  { at: { file: "a.sql", line: 3, column: 7 } },
);

function report(failure: unknown, { json = false, signal = new AbortController().signal } = {}) {
  const effects = recordingEffects({ signal });
  const code = reportFailure(failure, { json }, effects);
  return { code, ...effects.said };
}

test("an expected failure says code, what, where and what to do", () => {
  expect(report(expected)).toEqual({
    code: 1,
    out: "",
    err: "slo/example: it is late\n  at   a.sql:3:7\n  hint Wait.\n",
  });
});

test("for programs it is one JSON document on stdout", () => {
  const { code, out, err } = report(expected, { json: true });
  expect({ code, err }).toEqual({ code: 1, err: "" });
  expect(JSON.parse(out)).toEqual({
    ok: false,
    error: {
      code: "slo/example",
      message: "it is late",
      hint: "Wait.",
      at: { file: "a.sql", line: 3, column: 7 },
    },
  });
});

test.each([
  ["a failing close on the way out", new SuppressedError(new Error("close failed"), expected)],
  ["an error around it", new Error("outer", { cause: expected })],
  ["several at once", new AggregateError([new Error("other"), expected])],
])("an expected failure is found behind %s", (_what, failure) => {
  expect(report(failure)).toMatchObject({ code: 1, err: expect.stringContaining("slo/example: it is late") });
});

test.each([
  [cliError["bad-name"]({ name: "X", problem: "it is upper case" }), 2],
  [cliError["unknown-domain"]({ name: "x", known: [] }), 2],
  [cliError["not-published"](undefined), 1],
])("%s", (failure, code) => {
  expect(report(failure).code).toBe(code);
});

test("a mistake of our own shows its stack and says that it is ours, for programs as well", () => {
  const bug = new TypeError("x is not a function");
  const { code, err } = report(bug);
  expect(code).toBe(1);
  expect(err).toContain(bug.stack);
  expect(err).toContain("cli/unexpected: ");
  expect(err).toContain("This is a mistake in mesh itself");
  const forPrograms = report(bug, { json: true });
  expect(JSON.parse(forPrograms.out)).toMatchObject({ ok: false, error: { code: "cli/unexpected" } });
});

test("what the user stopped is no failure", () => {
  const stopped = AbortSignal.abort();
  expect(report(stopped.reason, { signal: stopped })).toEqual({ code: 130, out: "", err: "" });
});
