import { askDesk } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { ScheduleLine } from "../desk-call.ts";
import type { Effects } from "../effects.ts";
import { isoTime } from "../iso-times.ts";
import { formatTable } from "../text-table.ts";

export const scheduleList: Command = {
  name: "mesh schedule list",
  summary: "Show what starts by itself, when next, and what waits or is paused.",
  usage: "",
  details: "Schedules are declared in domain.ts; docs/orchestration.md tells how. Times are UTC.",
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
  else effects.out(lines.length === 0 ? "Nothing starts by itself.\n" : `${formatTable(lines.map(tableRow))}\n`);
  return 0;
}

function plainLine({ next, pausedSince, waiting, ...line }: ScheduleLine) {
  return {
    ...line,
    next: next.map(isoTime),
    pausedSince: pausedSince === null ? null : isoTime(pausedSince),
    waiting: waiting === null ? null : { ...waiting, from: isoTime(waiting.from) },
  };
}

function tableRow(line: ScheduleLine) {
  const { target, next, pausedSince } = line;
  const [first] = next;
  return {
    target,
    "starts by": startsBy(line),
    next: pausedSince !== null || first === undefined ? "" : isoTime(first).slice(0, 16).replace("T", " "),
    state: stateOf(line),
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

function stateOf({ pausedSince, active, waiting }: ScheduleLine): string {
  const states = [
    ...(pausedSince === null ? [] : [`paused since ${isoTime(pausedSince).slice(0, 16).replace("T", " ")}`]),
    ...(active ? ["running"] : []),
    ...(waiting === null
      ? []
      : [`waiting (${waiting.trigger}${waiting.attempt > 1 ? `, attempt ${waiting.attempt}` : ""})`]),
  ];
  return states.join(", ");
}
