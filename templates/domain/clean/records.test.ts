import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../domain.ts", import.meta.url));

test("a record that was exported twice is one row, as it was changed last", async () => {
  const records = [
    { id: 1, category: "first", amount: 10, changed_at: "2026-03-02T09:00:00Z" },
    { id: 1, category: "second", amount: 12.5, changed_at: "2026-03-04T09:00:00Z" },
    { id: 2, category: "first", amount: 7, changed_at: "2026-03-03T09:00:00Z" },
  ];
  await using domainCase = await openCase({ raw: { records } });
  expect(await domainCase.clean("records")).toMatchObject([
    { category: "second", amount: 12.5 },
    { category: "first", amount: 7 },
  ]);
});

test("a record without an id is left out", async () => {
  const records = [{ id: null, category: "first", amount: 10, changed_at: "2026-03-02T09:00:00Z" }];
  await using domainCase = await openCase({ raw: { records } });
  expect(await domainCase.clean("records")).toEqual([]);
});
