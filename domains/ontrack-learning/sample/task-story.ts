import type { Random } from "@thoth/testing/random";
import { extensionTexts, studentTexts, tutorTexts } from "./comment-texts.ts";
import type { MarkingDiary, MarkingSlot } from "./marking-diary.ts";
import { type Day, dayMs, dayOf, hourMs, type Instant, instantAt, minuteMs, weekMs } from "./melbourne-time.ts";
import type { Staff, Student } from "./person.ts";
import { firstSubmissionAt, timeOfDay } from "./submission-timing.ts";
import type { TaskRecord } from "./task-record.ts";
import { isReady, type StaffStatus } from "./task-status.ts";
import { waitingMs } from "./turnaround.ts";

/** Everything around one task of one student. */
export interface TaskScene {
  readonly random: Random;
  readonly student: Student;
  readonly tutor: Staff;
  readonly desk: MarkingDiary;
  readonly classroom: MarkingDiary;
  readonly convenorId: number;
  readonly startDay: Day;
  readonly targetGrade: number;
  readonly ease: number;
  readonly weekOf: (at: Instant) => number;
  /** Neither the student nor the staff do anything after these. */
  readonly studentHorizon: Instant;
  readonly staffHorizon: Instant;
}

/** One assessment as the log saw it. */
export interface Mark {
  readonly at: Instant;
  readonly ip: string;
  readonly status: StaffStatus;
}

const mostAttempts = 4;

/** Lets a student and a tutor work on a task until it is closed, given up, or time is up. */
export function playTask(task: TaskRecord, scene: TaskScene): readonly Mark[] {
  const marks: Mark[] = [];
  let at = firstSubmissionAt(scene.startDay, task.frame.targetDay, scene.student.diligence, scene.random);
  warmUp(task, scene, at);
  askForTime(task, scene, at);
  for (let attempt = 1; attempt <= mostAttempts && at <= scene.studentHorizon; attempt++) {
    at = handIn(task, scene, at);
    const mark = assess(task, scene, at, attempt);
    if (mark === undefined) break;
    marks.push(mark);
    const next =
      task.status === "fix_and_resubmit" || task.status === "redo" ? resubmissionAt(scene, mark.at) : undefined;
    if (next === undefined) break;
    at = next;
  }
  const signedOff = signOff(task, scene);
  return signedOff === undefined ? marks : [...marks, signedOff];
}

function warmUp(task: TaskRecord, { random, startDay, student, studentHorizon }: TaskScene, submitAt: Instant): void {
  const starts = random.chance(0.4);
  const needsHelp = random.chance(0.06);
  const startAt = instantAt(dayOf(submitAt - random.int(6, 90) * hourMs), timeOfDay(random));
  const helpAt = submitAt - random.int(30, 300) * minuteMs;
  const begun = starts && startAt > startDay && startAt < submitAt - 6 * hourMs && startAt <= studentHorizon;
  if (begun) task.engage("working_on_it", startAt);
  if (!needsHelp || helpAt > studentHorizon || helpAt < startDay) return;
  task.engage("need_help", helpAt);
  task.say(student.id, random.pick(studentTexts), helpAt - 20_000);
}

/** Most students who see that they will be late ask in time, and get what the deadline allows. */
function askForTime(task: TaskRecord, scene: TaskScene, submitAt: Instant): void {
  const { random, student, convenorId, studentHorizon } = scene;
  const due = task.dueAt(submitAt);
  const asks = random.chance(Math.min(0.97, 0.85 + 0.1 * student.diligence));
  const at = due - random.int(30, 40 * 60) * minuteMs;
  if (submitAt <= due || !asks || at > studentHorizon) return;
  task.requestExtension(Math.ceil((submitAt - due) / weekMs), at, convenorId, random.pick(extensionTexts));
}

/** @returns the moment of the submission that counts: some people find a mistake and hand in again within the hour */
function handIn(task: TaskRecord, { random, student, studentHorizon }: TaskScene, at: Instant): Instant {
  task.submit(at);
  if (random.chance(0.12)) task.say(student.id, random.pick(studentTexts), at - random.int(20, 240) * 1000);
  const again = at + random.int(4, 50) * minuteMs;
  if (!random.chance(0.03) || again > studentHorizon || task.status !== "ready_for_feedback") return at;
  task.submit(again);
  return again;
}

function assess(task: TaskRecord, scene: TaskScene, submittedAt: Instant, attempt: number): Mark | undefined {
  const { random, desk, staffHorizon, tutor } = scene;
  const inTime = task.status === "ready_for_feedback";
  const looksAnyway = random.chance(0.3);
  const waiting = waitingMs(scene.weekOf(submittedAt), tutor.slowness, random);
  if (!inTime && !looksAnyway) return undefined;
  const slot = desk.take(submittedAt + waiting, staffHorizon);
  if (slot === undefined) return undefined;
  return record(task, scene, slot, inTime ? verdict(scene, attempt) : "complete");
}

function verdict({ random, student, targetGrade, ease }: TaskScene, attempt: number): StaffStatus {
  const odds = 0.75 + 0.7 * student.ability + 0.6 * (attempt - 1) - 0.25 * targetGrade + ease;
  if (random.chance(1 / (1 + Math.exp(-odds)))) {
    return random.weighted([
      ["complete", 66],
      ["discuss", 27],
      ["demonstrate", 7],
    ] as const);
  }
  if (attempt >= 3 && random.chance(0.3)) return "feedback_exceeded";
  return random.weighted([
    ["fix_and_resubmit", 84],
    ["redo", 14],
    ["fail", 2],
  ] as const);
}

/** "Discuss" and "Demonstrate" end with a talk in class, unless it is forgotten. */
function signOff(task: TaskRecord, scene: TaskScene): Mark | undefined {
  const talks = task.status === "discuss" || task.status === "demonstrate";
  if (!talks || task.assessedAt === undefined || !scene.random.chance(0.93)) return undefined;
  const slot = scene.classroom.take(task.assessedAt + 6 * hourMs, Math.min(scene.staffHorizon, scene.studentHorizon));
  return slot === undefined ? undefined : record(task, scene, slot, "complete");
}

function record(task: TaskRecord, scene: TaskScene, slot: MarkingSlot, status: StaffStatus): Mark {
  const { random, student, tutor } = scene;
  task.assess(status, tutor.id, slot.at, random.int(2, 5));
  const graded = task.frame.isGraded && isReady(status) && task.grade === undefined;
  if (graded) task.award(Math.min(3, Math.max(0, Math.round(random.normal(1.6 + student.ability, 0.7)))));
  const speaks = random.chance(status === "complete" ? 0.12 : 0.4);
  if (speaks) task.say(tutor.id, random.pick(tutorTexts), slot.at - 15_000);
  return { at: slot.at, ip: slot.session.ip, status };
}

function resubmissionAt({ random, student }: TaskScene, assessedAt: Instant): Instant | undefined {
  const tries = random.chance(Math.min(0.97, Math.max(0.4, 0.85 + 0.12 * student.diligence)));
  const wait = random.logNormal(2.4, 0.7) * dayMs;
  const at = Math.max(
    instantAt(dayOf(assessedAt + wait), timeOfDay(random)),
    assessedAt + random.int(40, 200) * minuteMs,
  );
  return tries ? at : undefined;
}
