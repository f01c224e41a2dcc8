import type { RunProgress } from "@thoth/pipeline/run-mesh";
import type { Effects } from "./effects.ts";
import { describeRun } from "./run-text.ts";

/** Shows a run as it goes: one line that changes on a terminal, which failures stay above; one line per job elsewhere. */
export function displayProgress({ err, columns }: Effects): (event: RunProgress) => void {
  return (event) => {
    const width = columns();
    const count = `[${String(event.done).padStart(String(event.total).length)}/${event.total}]`;
    const name = `${event.job.domain} ${event.job.id.slice(event.job.domain.length + 1)}`;
    if (event.kind === "started") {
      if (width !== undefined) err(replaceLine(`${count} ${name} …`, width));
      return;
    }
    const line = `${count} ${name}: ${describeRun(event.run)}`;
    if (width === undefined) err(`${line}\n`);
    else if (event.run.status !== "success") err(`${replaceLine(line, width)}\n`);
    else err(`${replaceLine(line, width)}${event.done === event.total ? "\n" : ""}`);
  };
}

/** Goes back to the line's start, writes, and clears what a longer line left. A line that wraps could not be replaced. */
function replaceLine(text: string, columns: number): string {
  const room = Math.max(columns - 1, 20);
  return `\r${text.length > room ? `${text.slice(0, room - 1)}…` : text}\u001b[K`;
}
