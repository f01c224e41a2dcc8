import { askDesk } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { ScheduleLine } from "../desk-call.ts";
import type { Effects } from "../effects.ts";
import { isoTime } from "../iso-times.ts";
import { formatTable } from "../text-table.ts";
import { zonedIsoTime, zonedTime } from "../zoned-time.ts";

export const scheduleList: Command = {
  name: "mesh schedule list",
  summary: "Show what starts by itself, when next, and what waits or is paused.",
  usage: "",
  details:
    "Schedules are declared in domain.ts; docs/orchestration.md tells how. The next time is what the clock shows in the\n" +
    "schedule's zone, with its distance from UTC; other times are UTC.",
  options: {},
  positionals: [0, 0],
  examples: [
    ["mesh schedule list", "all domains"],
    ["mesh schedule list --json", "with the next three times of each, for programs"],
  ],
  run: list,
};

async function list({ json }: CommandInput, effects: Effects): Promise<number> {
  const lines = await askDesk({ name: "schedules" }, effects);
  if (json) effects.out(`${JSON.stringify(lines.map(plainLine), null, 2)}\n`);
  else
    effects.out(
      lines.length === 0
        ? "Nothing starts by itself.\n"
        : `${formatTable(lines.map((line) => tableRow(line, effects.now())))}\n`,
    );
  return 0;
}

function plainLine({ next, pausedSince, waiting, ...line }: ScheduleLine) {
  return {
    ...line,
    next: next.map(isoTime),
    nextInZone: next.map((at) => zonedIsoTime(at, line.timeZone ?? "UTC")),
    pausedSince: pausedSince === null ? null : isoTime(pausedSince),
    waiting: waiting === null ? null : { ...waiting, from: isoTime(waiting.from) },
  };
}

function tableRow(line: ScheduleLine, now: number) {
  const { target, next, pausedSince } = line;
  const [first] = next;
  return {
    target,
    "starts by": startsBy(line),
    next: pausedSince !== null || first === undefined ? "" : zonedTime(first, line.timeZone ?? "UTC"),
    state: stateOf(line, now),
  };
}

function startsBy({ cron, timeZone, onPublish, onEvent }: ScheduleLine): string {
  const parts = [
    ...(cron === null ? [] : [`${cron} ${timeZone}`]),
    ...onPublish.map((product) => `publish of ${product}`),
    ...onEvent.map((event) => `event ${event}`),
  ];
  return parts.length === 0 ? "by hand" : parts.join(", ");
}

function stateOf({ pausedSince, active, waiting, givenUp }: ScheduleLine, now: number): string {
  const states = [
    ...(pausedSince === null ? [] : [`paused since ${zonedTime(pausedSince, "UTC")}`]),
    ...(active ? ["running"] : []),
    ...(waiting === null ? [] : [describeWaiting(waiting, now)]),
    ...(givenUp === null ? [] : ["given up"]),
  ];
  return states.join(", ");
}

function describeWaiting({ trigger, attempt, from }: NonNullable<ScheduleLine["waiting"]>, now: number): string {
  const why = attempt > 1 ? `${trigger}, attempt ${attempt}` : trigger;
  return `waiting (${why}${from > now ? `, not before ${zonedTime(from, "UTC")}` : ""})`;
}
