import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

const read = {
  writer: "20260318T090000000Z-1f9c2b7a4d10",
  sequence: 2,
  at: "2026-03-18T09:00:01Z",
  event: "read",
  request_id: "r1",
  principal: "ada",
  principal_kind: "person",
  roles: ["researcher", "tutor"],
  authenticated: "token",
  port: "graphql",
  product: "ontrack-learning/units",
  version: "1.2.0",
  columns_read: ["code", "name"],
  fingerprint: "9f2c41d07be3a8659f2c41d07be3a865",
  rows: 12,
  outcome: "allowed",
};

test("a read is one row, with what was read in words; records about the trail are none", async () => {
  const about = { writer: read.writer, at: read.at };
  const audit_records = [
    { ...about, sequence: 1, event: "opened" },
    read,
    read,
    { ...about, sequence: 3, event: "closed" },
  ];
  await using domain = await openCase({ raw: { audit_records } });
  expect(await domain.product("access-audit")).toEqual([
    expect.objectContaining({
      record_id: "20260318T090000000Z-1f9c2b7a4d10-2",
      recorded_at: "2026-03-18T09:00:01.000Z",
      columns_read: "code, name",
      principal_roles: "researcher, tutor",
      product_domain: "ontrack-learning",
      rows_returned: 12n,
      times: 1n,
    }),
  ]);
  expect(await domain.brokenPromises("access-audit")).toEqual([]);
});

test("an answer that was streamed is one row when its end is known, and begun until then", async () => {
  const audit_records = [
    { ...read, sequence: 2, outcome: "begun", rows: null },
    { ...read, sequence: 3, request_id: "r2", outcome: "begun", rows: null },
    { ...read, sequence: 4, rows: 9 },
  ];
  await using domain = await openCase({ raw: { audit_records } });
  const rows = await domain.product("access-audit");
  expect(rows.map(({ request_id, outcome, rows_returned }) => [request_id, outcome, rows_returned])).toEqual([
    ["r2", "begun", null],
    ["r1", "allowed", 9n],
  ]);
});

test("refusals without a code and reads of nothing break promises; what is older than two years is gone", async () => {
  const audit_records = [
    { ...read, sequence: 2, outcome: "refused" },
    { ...read, sequence: 3, product: null },
    { ...read, sequence: 4, at: "2024-03-01T00:00:00Z" },
  ];
  await using domain = await openCase({ raw: { audit_records } });
  expect(await domain.product("access-audit")).toHaveLength(2);
  expect(await domain.brokenPromises("access-audit")).toEqual([
    expect.stringContaining("every refusal says why"),
    expect.stringContaining("every read is of a product"),
  ]);
});
