import type { Random } from "@thoth/testing/random";
import { infoEntry } from "./log-line.ts";
import { minuteMs } from "./melbourne-time.ts";
import type { Staff, Student } from "./person.ts";
import type { SampleWorld } from "./sample-world.ts";
import { signIn } from "./sign-ins.ts";
import type { TaskRecord } from "./task-record.ts";
import type { Mark } from "./task-story.ts";

export interface LoggedTask {
  readonly taskId: number;
  readonly definitionId: number;
  readonly abbreviation: string;
  readonly task: TaskRecord;
  readonly marks: readonly Mark[];
  readonly student: Student;
  readonly tutor: Staff;
}

/** What working on a task left in the API's log. */
export function logTask(world: SampleWorld, logged: LoggedTask, random: Random): void {
  const { log } = world;
  const { task, taskId, tutor, marks } = logged;
  for (const { at, status } of task.engagements) {
    if (status === "ready_for_feedback") logSubmission(world, logged, at, random);
  }
  for (const { at, authorId, kind } of task.comments) {
    if (kind !== "text") continue;
    const author = authorId === tutor.id ? tutor : logged.student;
    const message = `${author.username} - added comment for task ${taskId} (${logged.abbreviation})`;
    log.add(infoEntry(at, author.homeIp, message));
  }
  for (const { at, ip, status } of marks) {
    log.add(infoEntry(at, ip, `${tutor.username} assessing task ${taskId} to ${status}`));
  }
}

/** Some submissions come from people who are still signed in. */
const newVisitShare = 0.7;

function logSubmission(world: SampleWorld, logged: LoggedTask, at: number, random: Random): void {
  const { taskId, definitionId, student } = logged;
  if (random.chance(newVisitShare)) signIn(world, student, at - random.int(2, 40) * minuteMs, random);
  const accepted = `Submission accepted! Status for task ${taskId} is now ready_for_feedback`;
  world.log.add(infoEntry(at, student.homeIp, accepted));
  const judged = `Overseer assessment for task_def_id: ${definitionId} task_id: ${taskId} was performed`;
  if (random.chance(0.01)) world.log.add(infoEntry(at + random.int(20, 300) * 1000, "unknown", judged));
  const refused = `TII failed for task ${taskId}: service unavailable`;
  if (random.chance(0.001))
    world.log.add({ at: at + 2 * minuteMs, ip: "unknown", severity: "ERROR", message: refused });
}
