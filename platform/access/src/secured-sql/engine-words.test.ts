import { expect, test } from "vitest";
import { failureOf } from "./engine-words.ts";

const engineSays = (kind: string, message: string, position?: string) =>
  new Error(JSON.stringify({ exception_type: kind, exception_message: message, ...(position && { position }) }));

const tell = (error: unknown, hidesRows: boolean) =>
  failureOf(error, { sql: "select\n  a from t", placeBefore: (offset) => offset - 10, hidesRows });

test.each([
  [engineSays("Binder", "no column a", "19"), false, "warehouse/statement-failed", "no column a", 3],
  [engineSays("Binder", "no column a", "19"), true, "warehouse/statement-failed", "no column a", 3],
  [engineSays("Conversion", "'Ada' is no INT32", "19"), false, "warehouse/statement-failed", "'Ada' is no INT32", 3],
  [
    engineSays("Conversion", "'Ada' is no INT32", "19"),
    true,
    "access/sql-hidden-failure",
    "A value could not be converted",
    3,
  ],
  [engineSays("Odd", "'Ada' again"), true, "access/sql-hidden-failure", "The statement failed", 1],
  [
    engineSays("Out of Memory", "190 MiB used\nOr set temp_directory"),
    false,
    "warehouse/out-of-memory",
    /190 MiB used$/,
    1,
  ],
  [engineSays("Out of Memory", "of 'Ada'"), true, "warehouse/out-of-memory", "could not be finished", 1],
  [engineSays("INTERNAL", "of 'Ada'"), true, "warehouse/engine-broken", "could not be finished", 1],
  [new Error("std::bad_alloc"), true, "warehouse/out-of-memory", "bad_alloc", undefined],
  [
    engineSays("Catalog", 'no type x\nDid you mean "snapshot_1.x"?'),
    false,
    "warehouse/statement-failed",
    /^no type x$/,
    1,
  ],
  [engineSays("Binder", 'no "s_12".library.a, s_3.b'), false, "warehouse/statement-failed", "no library.a, b", 1],
])("%s, rows hidden: %s", (error, hidesRows, code, message, column) => {
  const told = tell(error, hidesRows) as Error & { readonly at?: { readonly column?: number } };
  expect(told).toMatchObject({ code, message: expect.stringMatching(message) });
  expect(told.at?.column).toBe(column);
  if (hidesRows) expect(`${told.message} ${String(told.cause)}`).not.toContain("Ada");
});

test("what is none of the engine's is passed on", () => {
  const mistake = new TypeError("undefined is not a function");
  expect(tell(mistake, true)).toBe(mistake);
  const stopped = new DOMException("enough", "AbortError");
  expect(tell(stopped, true)).toBe(stopped);
});
