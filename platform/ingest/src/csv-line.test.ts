import fc from "fast-check";
import { expect, test } from "vitest";
import { CsvLine } from "./csv-line.ts";
import { stagedLine } from "./staged-rows.ts";

test("a line is what the staged relation reads, however long its fields are", () => {
  const line = new CsvLine();
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom('"', ",", "\n", "ü", "x"), maxLength: 200 }),
  );
  fc.assert(
    fc.property(fc.array(fc.option(text), { minLength: 1, maxLength: 8 }), (fields) => {
      const bytes = line.of(fields.map((field) => (field === null ? null : Buffer.from(field))));
      expect(bytes.toString()).toBe(stagedLine(fields));
    }),
  );
  const long = 'a"'.repeat(100_000);
  expect(line.of([Buffer.from(long), null]).toString()).toBe(stagedLine([long, null]));
});
