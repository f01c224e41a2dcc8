import { domainCases } from "@thoth/testing/domain-case";
import { expect, test } from "vitest";
import { smallOffering, taskId } from "../testing/small-offering.ts";

const openCase = domainCases(new URL("../domain.ts", import.meta.url));

const base = smallOffering({
  tasks: { A: {} },
  students: [{ work: { A: "ready_for_feedback" } }, { work: { A: "discuss" } }],
});
/** Two offerings: student 1 is in the first, student 2 in the second. */
const raw = {
  ...base,
  projects: (base.projects ?? []).map((project, index) => ({ ...project, unit_id: index + 1 })),
};

interface Line {
  readonly at: string;
  readonly who?: string;
  readonly student?: number;
  readonly inbox?: number;
  readonly place?: string | null;
}

interface Case {
  readonly why: string;
  readonly lines: readonly Line[];
  readonly found: readonly (readonly [offering: bigint, start: string, minutes: number])[];
}

const cases: readonly Case[] = [
  {
    why: "from the inbox to the last assessment, in whole minutes",
    lines: [
      { at: "10:00:00", inbox: 1 },
      { at: "10:10:00", who: "ann" },
      { at: "10:20:59", who: "ann" },
    ],
    found: [[1n, "10:00:00", 20]],
  },
  {
    why: "a gap of 15 minutes is bridged, a longer one is not",
    lines: [
      { at: "10:00:00", who: "ann" },
      { at: "10:15:00", who: "ann" },
      { at: "10:30:01", who: "ann" },
      { at: "10:32:01", who: "ann" },
    ],
    found: [
      [1n, "10:00:00", 15],
      [1n, "10:30:01", 2],
    ],
  },
  {
    why: "another person's assessment ends it, also when the first one comes back",
    lines: [
      { at: "10:00:00", who: "ann" },
      { at: "10:05:00", who: "ann" },
      { at: "10:06:00", who: "ben" },
      { at: "10:08:00", who: "ben" },
      { at: "10:09:00", who: "ann" },
      { at: "10:12:00", who: "ann" },
    ],
    found: [
      [1n, "10:00:00", 5],
      [1n, "10:06:00", 2],
      [1n, "10:09:00", 3],
    ],
  },
  {
    why: "whoever assesses first after the inbox is the marker, whoever marked before the gap",
    lines: [
      { at: "09:00:00", who: "ann" },
      { at: "09:02:00", who: "ann" },
      { at: "10:00:00", inbox: 1 },
      { at: "10:04:00", who: "ben" },
    ],
    found: [
      [1n, "09:00:00", 2],
      [1n, "10:00:00", 4],
    ],
  },
  {
    why: "another unit ends it",
    lines: [
      { at: "10:00:00", inbox: 1 },
      { at: "10:03:00", who: "ann" },
      { at: "10:04:00", inbox: 2 },
      { at: "10:09:00", who: "ann", student: 2 },
    ],
    found: [
      [1n, "10:00:00", 3],
      [2n, "10:04:00", 5],
    ],
  },
  {
    why: "less than a minute is nothing",
    lines: [
      { at: "10:00:00", inbox: 1 },
      { at: "10:00:59", who: "ann" },
    ],
    found: [],
  },
  {
    why: "two places are two sessions",
    lines: [
      { at: "10:00:00", who: "ann" },
      { at: "10:01:00", who: "ben", place: "campus" },
      { at: "10:04:00", who: "ann" },
      { at: "10:06:00", who: "ben", place: "campus" },
    ],
    found: [
      [1n, "10:00:00", 4],
      [1n, "10:01:00", 5],
    ],
  },
  {
    why: "students who change their own work do not mark",
    lines: [
      { at: "10:00:00", who: "student-1" },
      { at: "10:05:00", who: "student-1" },
    ],
    found: [],
  },
  {
    why: "without an address the person is the place",
    lines: [
      { at: "10:00:00", who: "ann", place: null },
      { at: "10:04:00", who: "ann", place: null },
    ],
    found: [[1n, "10:00:00", 4]],
  },
];

/** Each case has a day of its own, so that one world holds them all. */
const dayOf = (index: number) => `2026-03-${String(index + 1).padStart(2, "0")}`;

const world = (async () => {
  const log_lines = cases.flatMap(({ lines }, index) => lines.map((line) => logLine(dayOf(index), line)));
  await using opened = await openCase({ raw: { ...raw, log_lines } });
  return await opened.clean("marking_sessions");
})();

function logLine(day: string, { at, who, student = 1, inbox, place = "desk" }: Line) {
  const shared = { at: `${day}T${at}Z`, ip_key: place };
  if (inbox === undefined) return { ...shared, kind: "assessing", user_key: who, task_id: taskId(student, 1) };
  return { ...shared, kind: "request", method: "GET", path: `/api/units/${inbox}/tasks/inbox`, unit_id: inbox };
}

test.each(cases.map((one, index) => ({ ...one, day: dayOf(index) })))("$why", async ({ day, found }) => {
  const rows = (await world).filter((row) => String(row.started_at).startsWith(day));
  const read = rows.map((row) => [row.offering_id, String(row.started_at).slice(11, 19), row.minutes]);
  expect(read.sort((a, b) => String(a[1]).localeCompare(String(b[1])))).toEqual(found);
});
