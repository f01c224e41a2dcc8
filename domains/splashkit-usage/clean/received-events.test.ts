import { domainCases } from "@thoth/testing/domain-case";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { beforeAll, describe, expect, test } from "vitest";
import { type EventInShort, rawEvent } from "../testing/raw-event.ts";

const openCase = domainCases(new URL("../domain.ts", import.meta.url));
const plain: EventInShort = { session: "s", at: "2026-03-02T10:00:00Z", counts: { draw_text: 1 } };

const cases: readonly (readonly [verdict: string, what: string, event: Partial<EventInShort>])[] = [
  ["accepted", "a plain event", {}],
  ["accepted", "a start, which counts nothing", { kind: "started", counts: undefined }],
  ["accepted", "one that may be public", { envelope: { dataclassification: "public" } }],
  ["accepted", "one recorded half a year later", { envelope: { recordedtime: "2026-08-29T00:00:00Z" } }],
  ["accepted", "one whose recorder tells no time", { envelope: { recordedtime: null } }],
  ["classification", "a confidential one", { envelope: { dataclassification: "confidential" } }],
  ["classification", "an unclassified one", { envelope: { dataclassification: null } }],
  ["consent", "one without consent", { consent: null }],
  ["consent", "one whose consent has no version", { consent: { granted_at: "2026-01-01T00:00:00Z" } }],
  ["consent", "one whose consent has no date", { consent: { version: "2", granted_at: "soon" } }],
  ["consent", "consent given later", { consent: { version: "2", granted_at: "2026-03-03T00:00:00Z" } }],
  ["consent", "one without any data", { envelope: { data: null } }],
  ["clock", "a clock far behind", { envelope: { recordedtime: "2026-08-30T00:00:00Z" } }],
  ["clock", "a clock ahead", { envelope: { recordedtime: "2026-03-02T08:30:00Z" } }],
  ["malformed", "an unknown binding", { envelope: { source: "/splashkit/cobol" } }],
  ["malformed", "another system's event", { envelope: { type: "io.splashkit.session.paused" } }],
  ["malformed", "one from nobody", { envelope: { subject: null } }],
  ["malformed", "a version that is no version", { version: "of Jane's laptop" }],
  ["malformed", "a negative duration", { durationS: -1 }],
  ["malformed", "a negative count", { counts: { draw_text: -1 } }],
  ["malformed", "half a call", { counts: { draw_text: 0.5 } }],
  ["malformed", "a word for a count", { counts: { draw_text: "many" } }],
  ["malformed", "a count that no computer reaches", { counts: { draw_text: 1e30 } }],
  ["malformed", "counts in a list", { counts: [1, 2] }],
  ["malformed", "an error count below zero", { errors: { draw_text: -2 } }],
];

/** Each case happens at a minute of its own, by which it is found again: of a refused event nothing else is kept. */
const minuteOf = (index: number) => new Date(Date.parse(plain.at) + index * 60_000).toISOString();

describe("verdicts", () => {
  let rows: ReadonlyMap<unknown, SqlRow>;

  beforeAll(async () => {
    const events = cases.map(([, , event], index) =>
      rawEvent({ ...plain, session: `s${index}`, at: minuteOf(index), ...event }),
    );
    await using domainCase = await openCase({ raw: { events } });
    rows = new Map((await domainCase.clean("received_events")).map((row) => [row.occurred_at, row]));
  });

  test.each(cases.map(([verdict, what], index) => ({ verdict, what, index })))(
    "$verdict: $what",
    ({ verdict, index }) => {
      const row = rows.get(minuteOf(index));
      expect(row?.verdict).toBe(verdict);
      const kept = [row?.event_id, row?.install_id, row?.session_id, row?.counts].filter((value) => value !== null);
      expect(kept.length > 0, "only accepted events keep what they said").toBe(verdict === "accepted");
    },
  );
});

test("of events with one source and id the one recorded first counts", async () => {
  const first = rawEvent(plain);
  const again = {
    ...first,
    recordedtime: "2026-03-04T00:00:00Z",
    data: rawEvent({ ...plain, counts: { draw_text: 99 } }).data,
  };
  const elsewhere = { ...first, source: "/splashkit/cpp" };
  await using domainCase = await openCase({ raw: { events: [again, first, elsewhere, first] } });
  const rows = await domainCase.clean("received_events");
  expect(rows.map((row) => row.verdict).toSorted()).toEqual(["accepted", "accepted", "duplicate", "duplicate"]);
  const calls = await domainCase.clean("function_calls");
  expect(calls.map((row) => [row.binding, row.calls])).toEqual([
    ["cpp", 1n],
    ["csharp", 1n],
  ]);
});

test("refused events are counted by week, binding and reason", async () => {
  const events = [
    rawEvent({ ...plain, consent: null }),
    rawEvent({ ...plain, session: "t", consent: null }),
    rawEvent({ ...plain, session: "u", binding: "cobol" }),
    rawEvent({ ...plain, session: "v" }),
  ];
  await using domainCase = await openCase({ raw: { events } });
  expect(await domainCase.clean("refused_events")).toEqual([
    { week_start: "2026-03-02", binding: "csharp", reason: "consent", events: 2n },
    { week_start: "2026-03-02", binding: "unknown", reason: "malformed", events: 1n },
  ]);
});
