import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

test("the query yields the columns that the contract promises, and makes no rows up", async () => {
  await using domainCase = await openCase();
  expect(await domainCase.product("__product__")).toHaveLength(__empty_rows__);
});
