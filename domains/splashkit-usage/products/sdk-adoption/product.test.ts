import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";
import { type EventInShort, rawEvent } from "../../testing/raw-event.ts";

const openCase = domainCases(new URL("../../domain.ts", import.meta.url));

async function sdkAdoption(events: readonly EventInShort[]) {
  await using domainCase = await openCase({ raw: { events: events.map(rawEvent) } });
  const rows = await domainCase.product("sdk-adoption");
  return { rows, broken: await domainCase.brokenPromises("sdk-adoption") };
}

test("runs are counted in the week they began, with their crashes and the median of their lengths", async () => {
  const { rows, broken } = await sdkAdoption([
    { session: "a", at: "2026-03-08T23:50:00Z", kind: "started" },
    { session: "a", at: "2026-03-09T00:10:00Z", durationS: 1200 },
    { session: "b", at: "2026-03-04T10:00:00Z", kind: "started" },
    { session: "b", at: "2026-03-04T10:00:30Z", kind: "crashed", durationS: 30 },
    { session: "c", at: "2026-03-04T11:00:00Z", kind: "ended", durationS: 60, install: "install-2" },
    { session: "d", at: "2026-03-04T12:00:00Z", kind: "started", install: "install-2" },
  ]);
  expect(rows).toEqual([
    {
      week_start: "2026-03-02",
      sdk_version: "2.1.0",
      binding: "csharp",
      os_family: "windows",
      active_installs: 2,
      new_installs: 2,
      sessions: 4,
      crashed_sessions: 1,
      crash_share: 0.25,
      median_duration_s: 60,
    },
  ]);
  expect(broken).toEqual([]);
});

test("an install is new once, wherever it runs later", async () => {
  const { rows } = await sdkAdoption([
    { session: "a", at: "2026-03-04T10:00:00Z", durationS: 1 },
    { session: "b", at: "2026-03-05T10:00:00Z", durationS: 1, version: "2.2.0" },
    { session: "c", at: "2026-03-11T10:00:00Z", durationS: 1, version: "2.2.0" },
    { session: "d", at: "2026-03-11T11:00:00Z", durationS: 1, version: "2.2.0", binding: "skm", install: "install-2" },
  ]);
  expect(
    rows.map((row) => [row.week_start, row.sdk_version, row.binding, row.active_installs, row.new_installs]),
  ).toEqual([
    ["2026-03-02", "2.1.0", "csharp", 1, 1],
    ["2026-03-02", "2.2.0", "csharp", 1, 0],
    ["2026-03-09", "2.2.0", "csharp", 1, 0],
    ["2026-03-09", "2.2.0", "skm", 1, 1],
  ]);
});

test("an operating system nobody has heard of is other, and a run without an end has no length", async () => {
  const { rows, broken } = await sdkAdoption([
    { session: "a", at: "2026-03-04T10:00:00Z", kind: "started", os: "templeos" },
  ]);
  expect(rows).toEqual([
    expect.objectContaining({ os_family: "other", sessions: 1, crash_share: 0, median_duration_s: null }),
  ]);
  expect(broken).toEqual([expect.stringContaining("Most rows know how long")]);
});
