import { domainCases } from "@thoth/testing/domain-case";
import type { RawRows } from "@thoth/testing/raw-rows";
import { expect, test } from "vitest";

const openCase = domainCases(new URL("../domain.ts", import.meta.url));

async function asOf(raw: RawRows, loadedAt: string) {
  await using world = await openCase({ raw, loadedAt });
  return (await world.clean("extraction"))[0]?.as_of;
}

const tasks = [{ id: 1, updated_at: "2026-03-05T10:00:00" }];
const log_lines = [{ at: "2026-03-05T22:30:00+10:00", kind: "other" }];

test.each([
  {
    why: "the newest event of any source",
    raw: { tasks, log_lines },
    loadedAt: "2026-03-06T03:00:00Z",
    found: "2026-03-05T12:30:00.000Z",
  },
  {
    why: "the same however late it is loaded",
    raw: { tasks },
    loadedAt: "2026-09-01T00:00:00Z",
    found: "2026-03-05T10:00:00.000Z",
  },
  {
    why: "not after the loading, when a clock runs ahead",
    raw: { tasks, log_lines },
    loadedAt: "2026-03-05T11:00:00Z",
    found: "2026-03-05T11:00:00.000Z",
  },
  { why: "unknown without any data", raw: {}, loadedAt: "2026-03-05T11:00:00Z", found: null },
])("$why", async ({ raw, loadedAt, found }) => {
  expect(await asOf(raw, loadedAt)).toBe(found);
});
