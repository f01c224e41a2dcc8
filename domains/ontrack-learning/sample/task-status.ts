import type { Day } from "./melbourne-time.ts";

/** Keys in the order of their database ids, from 1. */
const keys = [
  "not_started",
  "complete",
  "need_help",
  "working_on_it",
  "fix_and_resubmit",
  "feedback_exceeded",
  "redo",
  "discuss",
  "ready_for_feedback",
  "demonstrate",
  "fail",
  "time_exceeded",
] as const;

export type TaskStatus = (typeof keys)[number];

export const taskStatuses: readonly TaskStatus[] = keys;

export function statusId(status: TaskStatus): number {
  return keys.indexOf(status) + 1;
}

export type StudentStatus = "not_started" | "need_help" | "working_on_it" | "ready_for_feedback";

export type StaffStatus = Exclude<TaskStatus, StudentStatus | "time_exceeded">;

const closed: ReadonlySet<TaskStatus> = new Set(["complete", "discuss", "demonstrate", "feedback_exceeded", "fail"]);

/** Once closed, a task is out of the student's hands. */
export function isClosed(status: TaskStatus): boolean {
  return closed.has(status);
}

const ready: ReadonlySet<TaskStatus> = new Set(["complete", "discuss", "demonstrate"]);

/** The marker is content, whether or not the talk in class is still to come. */
export function isReady(status: TaskStatus): boolean {
  return ready.has(status);
}

const oldNames: Partial<Record<TaskStatus, string>> = {
  ready_for_feedback: "Ready to Mark",
  feedback_exceeded: "Do Not Resubmit",
};

/** `Fix and Resubmit`. Two statuses had other names before the renaming, and rows keep the name of their day. */
export function statusName(status: TaskStatus, at: Day, renamedOn: Day): string {
  const old = at < renamedOn ? oldNames[status] : undefined;
  return old ?? currentName(status);
}

export function isRenamed(status: TaskStatus): boolean {
  return oldNames[status] !== undefined;
}

export function currentName(status: TaskStatus): string {
  return currentNames[statusId(status) - 1] ?? status;
}

const smallWords: ReadonlySet<string> = new Set(["and", "for"]);

const currentNames: readonly string[] = keys.map((status) => {
  const words = status.split("_");
  return words.map((word) => (smallWords.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1))).join(" ");
});
