import { expect, test } from "vitest";
import { parseCron } from "./cron.ts";

const zone = "Australia/Melbourne";

/** The times at which it fires after `from`. */
function fires(cron: string, from: string, count: number, timeZone = zone): string[] {
  const { next } = parseCron({ cron, timeZone }, "a/x");
  const times: string[] = [];
  for (let at = Date.parse(from); times.length < count; times.push(new Date(at).toISOString())) at = next(at);
  return times;
}

// Melbourne goes from 02:00 to 03:00 on 4 October 2026, and from 03:00 back to 02:00 on 5 April 2026.
test.each([
  [
    "a night, in summer time and out of it",
    "0 4 * * *",
    "2026-04-03T14:00:00Z",
    ["2026-04-03T17:00", "2026-04-04T18:00"],
  ],
  ["a night, and into summer time", "0 4 * * *", "2026-10-02T14:00:00Z", ["2026-10-02T18:00", "2026-10-03T17:00"]],
  [
    "the hour that is lost comes an hour later",
    "30 2 * * *",
    "2026-10-02T14:00:00Z",
    ["2026-10-02T16:30", "2026-10-03T16:30", "2026-10-04T15:30"],
  ],
  [
    "the hour that comes twice counts once",
    "30 2 * * *",
    "2026-04-03T14:00:00Z",
    ["2026-04-03T15:30", "2026-04-04T15:30", "2026-04-05T16:30"],
  ],
  [
    "every half hour goes on through the doubled hour",
    "*/30 * * * *",
    "2026-04-04T15:00:00Z",
    ["2026-04-04T15:30", "2026-04-04T16:00", "2026-04-04T16:30", "2026-04-04T17:00"],
  ],
  ["Mondays", "15 9 * * 1", "2026-06-01T00:00:00Z", ["2026-06-07T23:15", "2026-06-14T23:15"]],
  ["a leap day", "0 0 29 2 *", "2026-01-01T00:00:00Z", ["2028-02-28T13:00", "2032-02-28T13:00"]],
])("%s", (_, cron, from, expected) => {
  expect(fires(cron, from, expected.length)).toEqual(expected.map((time) => `${time}:00.000Z`));
});

// Lord Howe Island goes from 02:00 to 02:30 on 4 October 2026, and from 02:00 back to 01:30 on 5 April 2026.
test.each([
  [
    "half an hour that is lost comes half an hour later",
    "15 2 * * *",
    "2026-10-02T14:00:00Z",
    ["2026-10-02T15:45", "2026-10-03T15:45", "2026-10-04T15:15"],
  ],
  ["all of what is lost in it", "0,10 2 * * *", "2026-10-03T14:00:00Z", ["2026-10-03T15:30", "2026-10-03T15:40"]],
  ["what is not lost is as ever", "45 2 * * *", "2026-10-03T14:00:00Z", ["2026-10-03T15:45", "2026-10-04T15:45"]],
  ["only on the days that it is for", "15 2 * * 1", "2026-10-02T14:00:00Z", ["2026-10-04T15:15"]],
  [
    "every quarter of an hour goes on",
    "*/15 * * * *",
    "2026-10-03T15:00:00Z",
    ["2026-10-03T15:15", "2026-10-03T15:30", "2026-10-03T15:45"],
  ],
  [
    "half an hour that comes twice counts once",
    "45 1 * * *",
    "2026-04-04T00:00:00Z",
    ["2026-04-04T14:45", "2026-04-05T15:15"],
  ],
])("%s", (_, cron, from, expected) => {
  expect(fires(cron, from, expected.length, "Australia/Lord_Howe")).toEqual(expected.map((time) => `${time}:00.000Z`));
});

// Where clocks change at midnight the day begins at one.
test.each([
  ["America/Santiago", "2026-09-04T12:00:00Z", ["2026-09-05T04:00", "2026-09-06T04:00", "2026-09-07T03:00"]],
  ["Africa/Cairo", "2026-04-22T12:00:00Z", ["2026-04-22T22:00", "2026-04-23T22:00", "2026-04-24T21:00"]],
])("midnight in %s on the day that has none", (timeZone, from, expected) => {
  expect(fires("0 0 * * *", from, expected.length, timeZone)).toEqual(expected.map((time) => `${time}:00.000Z`));
});

test("what was lost with half an hour is the last that came due", () => {
  const { lastBetween } = parseCron({ cron: "15 2 * * *", timeZone: "Australia/Lord_Howe" }, "a");
  const last = lastBetween(Date.parse("2026-10-02T16:00:00Z"), Date.parse("2026-10-04T00:00:00Z"));
  expect(new Date(last ?? 0).toISOString()).toBe("2026-10-03T15:45:00.000Z");
});

test("without a zone the clock hangs in Greenwich", () => {
  expect(new Date(parseCron({ cron: "0 4 * * *" }, "a").next(0)).toISOString()).toBe("1970-01-01T04:00:00.000Z");
});

test.each([
  ["nothing has come due", "0 4 * * *", "2026-06-01T20:00:00Z", "2026-06-02T17:59:59Z", undefined],
  [
    "the moment itself counts at its end",
    "0 4 * * *",
    "2026-06-01T20:00:00Z",
    "2026-06-02T18:00:00Z",
    "2026-06-02T18:00",
  ],
  ["and not at its beginning", "0 4 * * *", "2026-06-02T18:00:00Z", "2026-06-02T18:00:01Z", undefined],
  ["of several the last", "*/5 * * * *", "2026-06-01T00:00:00Z", "2026-06-01T00:17:00Z", "2026-06-01T00:15"],
  ["the lost hour is made up for", "30 2 * * *", "2026-10-03T15:00:00Z", "2026-10-03T16:31:00Z", "2026-10-03T16:30"],
  ["the doubled hour is not", "30 2 * * *", "2026-04-04T15:31:00Z", "2026-04-04T16:31:00Z", undefined],
  ["after a year of silence", "* * * * *", "2025-06-01T00:00:00Z", "2026-06-01T00:00:30Z", "2026-06-01T00:00"],
  ["what is rare is found far back", "0 0 1 1 *", "2025-06-01T00:00:00Z", "2026-06-01T00:00:00Z", "2025-12-31T13:00"],
])("%s", (_, cron, after, until, expected) => {
  const last = parseCron({ cron, timeZone: zone }, "a").lastBetween(Date.parse(after), Date.parse(until));
  expect(last === undefined ? undefined : new Date(last).toISOString().slice(0, 16)).toBe(expected);
});

test.each([
  ["61 4 * * *", zone, "pipeline/bad-cron"],
  ["0 4 * *", zone, "pipeline/bad-cron"],
  ["0 0 4 * * *", zone, "pipeline/bad-cron"],
  ["every night", zone, "pipeline/bad-cron"],
  ["", zone, "pipeline/bad-cron"],
  ["0 0 31 2 *", zone, "pipeline/bad-cron"],
  ["0 4 * * *", "Australia/Melborne", "pipeline/bad-time-zone"],
  ["0 4 * * *", "", "pipeline/bad-time-zone"],
])("%j in %j is %s", (cron, timeZone, code) => {
  expect(() => parseCron({ cron, timeZone }, "shop/takings")).toThrowError(
    expect.objectContaining({ code, message: expect.stringContaining("shop/takings") }),
  );
});
