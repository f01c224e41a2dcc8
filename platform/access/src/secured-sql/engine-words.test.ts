import { expect, test } from "vitest";
import { failureOf } from "./engine-words.ts";

const engineSays = (kind: string, message: string, position?: string) =>
  new Error(JSON.stringify({ exception_type: kind, exception_message: message, ...(position && { position }) }));

const columns = ["title", "price", "shelf"];

const tell = (error: unknown, hidesRows: boolean) =>
  failureOf(error, { sql: "select\n  a from t", placeBefore: (offset) => offset - 10, hidesRows, columns });

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

test.each([true, false])(
  "a failure of a file is passed on, unless there is no room for it, rows hidden: %s",
  (hidden) => {
    const broken = engineSays("IO", 'Could not write file "/srv/mesh/spill-1.tmp": Input/output error');
    expect(tell(broken, hidden)).toBe(broken);
    for (const reason of ["No space left on device", "Disk quota exceeded"]) {
      const full = engineSays("IO", `Could not write file "/srv/mesh/spill-1.tmp": ${reason}`);
      expect(tell(full, hidden)).toMatchObject({ code: "warehouse/disk-full" });
    }
  },
);

test.each([
  [
    'Referenced column "titel" not found in FROM clause!\nCandidate bindings: "b.shelf", "price"\n\nLINE 1: …',
    'Column "titel" does not exist',
    "Did you mean title?",
  ],
  [
    'Referenced column "wings" not found in FROM clause!\nCandidate bindings: "wing"',
    'Column "wings" does not exist',
    "Did you mean wing?",
  ],
  [
    'Referenced column "nothing" not found in FROM clause!',
    'Column "nothing" does not exist',
    "There is: title, price, shelf.",
  ],
  [
    'Referenced column "pric" was not found because the FROM clause is missing',
    'Column "pric" does not exist',
    "Did you mean price?",
  ],
  ['Values list "b" does not have a column named "titel"', 'Table "b" has no column "titel"', "Did you mean title?"],
  [
    'Referenced table "bok" not found!\nCandidate tables: "books"',
    'Table "bok" does not exist in the FROM clause',
    "There is: books.",
  ],
  [
    'Could not find key "naem" in struct\n\nCandidate Entries: "name"',
    'The object has no field "naem"',
    "Did you mean name?",
  ],
])("a name that there is none of: %s", (said, message, hint) => {
  for (const hidden of [true, false]) expect(tell(engineSays("Binder", said), hidden)).toMatchObject({ message, hint });
});

test("a value that the engine quotes is shortened", () => {
  const told = tell(engineSays("Conversion", `'${"x".repeat(5_000_000)}' is no INT32`), false) as Error;
  expect(told.message).toHaveLength(2_001);
});

test("what is none of the engine's is passed on", () => {
  const mistake = new TypeError("undefined is not a function");
  expect(tell(mistake, true)).toBe(mistake);
  const stopped = new DOMException("enough", "AbortError");
  expect(tell(stopped, true)).toBe(stopped);
});
