import { afterAll, beforeAll, expect, test } from "vitest";
import { closed, decision, type Library, openLibrary, readerOf } from "./fixtures/library.ts";
import { offerOf } from "./offers.ts";

let library: Library;
beforeAll(async () => {
  const columns = { code: "VARCHAR", name: "VARCHAR" };
  library = await openLibrary([{ name: "units", columns, rows: "select 'a' as code, 'b' as name" }]);
});
afterAll(async () => {
  await library?.[Symbol.asyncDispose]();
});

const open = decision({ code: "clear", name: "clear" });

test.each([
  ["columns that it has are there", open, ["code"], "code"],
  [
    "with none of them it says so, and asks for no access",
    open,
    ["isbn"],
    /under another contract, and has none of the columns that you may read today\. mesh run library\/units/,
  ],
  ["what may not be read says so, whatever it has", closed, ["isbn"], /may not read it: the contract calls it confid/],
])("of a state of another contract %s", (_, decided, holds, said) => {
  const model = library.models.units as NonNullable<Library["models"][string]>;
  const shown = { kind: "shown", generation: 1, holds: new Set(holds), rowCount: 1 } as const;
  const offer = offerOf({ model, current: model }, shown, readerOf({ units: decided }));
  const told = offer.kind === "readable" ? offer.columns.map(({ name }) => name).join() : offer.reason;
  expect(told).toMatch(said);
});

test("when every column that may be read is switched off for now, it says so, and asks for no access", () => {
  const model = library.models.units as NonNullable<Library["models"][string]>;
  const deprecation = { reason: "nobody reads it", brownOuts: [{ from: 0, to: 1 }] };
  const leaving = { ...model, columns: model.columns.map((column) => ({ ...column, deprecation })) };
  const shown = { kind: "shown", generation: 1, holds: new Set(["code", "name"]), rowCount: 1 } as const;
  expect(offerOf({ model: leaving, current: leaving }, shown, readerOf({ units: open }))).toEqual({
    kind: "unreadable",
    reason: "All of its columns that you may read are switched off for now: they are on their way out.",
  });
});
