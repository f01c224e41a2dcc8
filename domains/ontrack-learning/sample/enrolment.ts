import type { Random } from "@thoth/testing/random";
import { type EnrolmentPlan, importDaysBefore, planEnrolment } from "./enrolment-plan.ts";
import { dayMs, dayOf, hourMs, instantAt } from "./melbourne-time.ts";
import type { Staff, Student } from "./person.ts";
import { concludeUnit, logPortfolio, type UnitResult } from "./portfolio.ts";
import { type SampleWorld, stamps } from "./sample-world.ts";
import { browse } from "./sign-ins.ts";
import { logTask } from "./task-log.ts";
import { TaskRecord } from "./task-record.ts";
import { type OfferingFaults, writeTask } from "./task-rows.ts";
import { isReady } from "./task-status.ts";
import { type Mark, playTask, type TaskScene } from "./task-story.ts";
import type { TeachingTeam, Tutorial } from "./teaching-team.ts";
import { type Trimester, teachingWeek } from "./trimester-calendar.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";
import { extensionWeeksOnResubmit, type TaskDefinition } from "./unit-rows.ts";

/** What all students of an offering share. */
export interface OfferingFrame {
  readonly unit: CatalogueUnit;
  readonly unitId: number;
  readonly trimester: Trimester;
  readonly convenor: Staff;
  readonly team: TeachingTeam;
  readonly definitions: readonly TaskDefinition[];
  readonly faults: OfferingFaults;
}

/** One student in one offering. */
interface Enrolment {
  readonly student: Student;
  readonly plan: EnrolmentPlan;
  readonly campusId: number | null;
  readonly random: Random;
}

interface PlayedTask {
  readonly definition: TaskDefinition;
  readonly task: TaskRecord;
  readonly tutorial: Tutorial;
  readonly marks: readonly Mark[];
}

/** Lives one student's trimester in one unit and writes all of it. @param campusId null plants the fault of a missing one */
export function writeEnrolment(
  world: SampleWorld,
  frame: OfferingFrame,
  student: Student,
  campusId: number | null,
  random: Random,
): void {
  const plan = planEnrolment(student, frame.trimester, random);
  const enrolment: Enrolment = { student, plan, campusId, random };
  const played = frame.definitions.flatMap((definition) => play(world, frame, enrolment, definition) ?? []);
  const projectId = writeProject(world, frame, enrolment, played);
  writeSeats(world, frame, student, projectId);
  const draw = random.fork("visits");
  for (const { definition, task, tutorial, marks } of played) {
    const taskId = writeTask(world, task, { projectId, definitionId: definition.id }, frame.faults);
    if (taskId === undefined) continue;
    const { abbreviation } = definition.plan;
    const people = { student, tutor: tutorial.tutor.staff };
    logTask(world, { taskId, definitionId: definition.id, abbreviation, task, marks, ...people }, draw);
  }
  browse(world, student, frame.trimester, Math.min(plan.worksUntil, world.asOf), random.fork("browse"));
}

/** @returns undefined when the student leaves the task alone */
function play(
  world: SampleWorld,
  frame: OfferingFrame,
  enrolment: Enrolment,
  definition: TaskDefinition,
): PlayedTask | undefined {
  const { student, plan } = enrolment;
  const { targetDay, deadline } = definition;
  const { isGraded, maxQualityPts, targetGrade, abbreviation } = definition.plan;
  const random = enrolment.random.fork(abbreviation);
  const tutorial = frame.team.streams[definition.stream]?.tutorialOf.get(student);
  const interest = targetGrade <= plan.targetGrade ? plan.steadiness : 0.03;
  if (!random.chance(interest) || tutorial === undefined) return undefined;
  const people = { studentId: student.id, tutorId: tutorial.tutor.staff.id };
  const days = { targetDay, deadline, extensionWeeksOnResubmit };
  const task = new TaskRecord({ ...people, ...days, isGraded, maxQualityPts });
  const scene = setScene(world, frame, enrolment, definition, tutorial, random);
  return { definition, task, tutorial, marks: playTask(task, scene) };
}

function setScene(
  world: SampleWorld,
  { trimester, unit, convenor }: OfferingFrame,
  { student, plan }: Enrolment,
  { startDay, plan: { targetGrade } }: TaskDefinition,
  { tutor, classroom }: Tutorial,
  random: Random,
): TaskScene {
  return {
    random,
    student,
    tutor: tutor.staff,
    desk: tutor.desk,
    classroom,
    convenorId: convenor.id,
    startDay,
    targetGrade,
    ease: unit.ease,
    weekOf: (at) => teachingWeek(trimester, dayOf(at)),
    studentHorizon: Math.min(plan.worksUntil, world.asOf),
    staffHorizon: Math.min(world.asOf, instantAt(trimester.activeUntil, 17 * hourMs)),
  };
}

function writeProject(
  world: SampleWorld,
  frame: OfferingFrame,
  { student, plan, campusId, random }: Enrolment,
  played: readonly PlayedTask[],
): number {
  const { asOf, dates, dump } = world;
  const { trimester, unitId, unit } = frame;
  const importedAt = trimester.start - importDaysBefore * dayMs;
  const withdrawnAt = plan.withdrawsAt !== undefined && plan.withdrawsAt <= asOf ? plan.withdrawsAt : undefined;
  const reachedGrade = highestReached(played, frame.definitions, plan.targetGrade);
  const { wantsPortfolio } = plan;
  const end = { trimester, reachedGrade, wantsPortfolio, asOf, random: random.fork("result") };
  const { portfolio, mark }: UnitResult = withdrawnAt === undefined ? concludeUnit(end) : {};
  if (portfolio !== undefined) logPortfolio(world, student, unit.code, portfolio.madeAt, random.fork("portfolio-log"));
  const touched = played.flatMap(({ task }) => task.lastTouchedAt ?? []);
  const changes = [...touched, withdrawnAt, portfolio?.madeAt, mark?.markedAt].filter((at) => at !== undefined);
  return dump.add("projects", {
    unit_id: unitId,
    user_id: student.id,
    campus_id: campusId,
    enrolled: withdrawnAt === undefined,
    started: touched.length > 0,
    target_grade: plan.targetGrade,
    compile_portfolio: portfolio !== undefined,
    portfolio_production_date: portfolio === undefined ? null : dates.day(dayOf(portfolio.madeAt)),
    submitted_grade: portfolio?.submittedGrade ?? null,
    grade: mark?.value ?? 0,
    ...stamps(world, importedAt, Math.max(importedAt, ...changes)),
  });
}

function writeSeats(world: SampleWorld, { team, trimester }: OfferingFrame, student: Student, projectId: number): void {
  const seatedAt = stamps(world, trimester.start - importDaysBefore * dayMs + hourMs);
  for (const { tutorialOf } of team.streams) {
    const tutorial = tutorialOf.get(student);
    if (tutorial === undefined) continue;
    world.dump.add("tutorial_enrolments", { project_id: projectId, tutorial_id: tutorial.id, ...seatedAt });
  }
}

/** Share of a grade's work, by weight, that has to be ready. */
const readyShare = 0.55;

/** The highest grade at or below the target that the ready work supports; -1 when not even Pass. */
function highestReached(
  played: readonly PlayedTask[],
  definitions: readonly TaskDefinition[],
  targetGrade: number,
): number {
  const weight = (upTo: number, of: readonly TaskDefinition[]) =>
    of.filter(({ plan }) => plan.targetGrade <= upTo).reduce((sum, { plan }) => sum + plan.weighting, 0);
  const ready = played.filter(({ task }) => isReady(task.status)).map(({ definition }) => definition);
  for (let grade = targetGrade; grade >= 0; grade--) {
    if (weight(grade, ready) >= readyShare * weight(grade, definitions)) return grade;
  }
  return -1;
}
