import type { Random } from "@thoth/testing/random";
import { type OfferingFrame, writeEnrolment } from "./enrolment.ts";
import { importDaysBefore } from "./enrolment-plan.ts";
import type { FaultOffering } from "./fault-plan.ts";
import { infoEntry, requestEntry } from "./log-line.ts";
import type { MarkingSession } from "./marking-diary.ts";
import { dayMs, hourMs } from "./melbourne-time.ts";
import type { Staff, Student } from "./person.ts";
import type { SampleWorld } from "./sample-world.ts";
import { signIn } from "./sign-ins.ts";
import { type OfferingFaults, writeComment } from "./task-rows.ts";
import type { TaskPlan } from "./task-set.ts";
import type { TeachingStaff } from "./teaching-staff.ts";
import { assembleTeam } from "./teaching-team.ts";
import { type Trimester, weekStart } from "./trimester-calendar.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";
import { writeDefinitions, writeOutcomes, writeUnit } from "./unit-rows.ts";

export interface OfferingOptions {
  readonly unit: CatalogueUnit;
  readonly trimester: Trimester;
  readonly students: readonly Student[];
  readonly tasks: readonly TaskPlan[];
  readonly staff: TeachingStaff;
}

/** Writes one unit in one trimester: its set-up, then student by student, then what the tutors' sessions left in the log. */
export async function writeOffering(world: SampleWorld, options: OfferingOptions): Promise<void> {
  const { unit, trimester, students } = options;
  const random = world.random.fork(`offering/${unit.code}/${trimester.period}/${trimester.year}`);
  const frame = setUp(world, options, random);
  let lacksCampus = faultCount(world.plan.nullCampus, unit, trimester);
  for (const student of students) {
    const campusId = lacksCampus-- > 0 ? null : student.campusId;
    if (campusId === null) world.tally.count("campus-null");
    writeEnrolment(world, frame, student, campusId, random.fork(`student/${student.id}`));
    await world.dump.flush();
  }
  writeSessions(world, frame, random.fork("sessions"));
  writeRoutine(world, frame, students.length, random.fork("routine"));
  writeFaultyRows(world, frame);
}

function setUp(world: SampleWorld, options: OfferingOptions, random: Random): OfferingFrame {
  const { unit, trimester, students, tasks, staff } = options;
  const convenor = staff.convenorOf(unit);
  const unitId = writeUnit(world, unit, trimester, convenor);
  const team = assembleTeam(world, { unit, unitId, trimester, students, staff, random: random.fork("team") });
  const definitions = writeDefinitions(world, unitId, trimester, tasks, team);
  writeOutcomes(world, unitId, unit, definitions, trimester, world.random.fork(`outcomes/${unit.code}`));
  const { doubledEngagements, skewedAssessments } = world.plan;
  const faults: OfferingFaults = {
    doubledDay: isAt(doubledEngagements, unit, trimester) ? doubledEngagements.day : undefined,
    doubled: [],
    skewsLeft: faultCount(skewedAssessments, unit, trimester),
  };
  return { unit, unitId, trimester, convenor, team, definitions, faults };
}

/** Every session: the tutor signs in and opens the inbox, again after every few assessments at the desk. */
function writeSessions(world: SampleWorld, { team, unitId }: OfferingFrame, random: Random): void {
  for (const { staff, desk } of team.tutors) {
    for (const session of desk.sessions) writeSession(world, staff, session, unitId, random);
  }
  for (const { tutor, classroom } of team.tutorials) {
    for (const session of classroom.sessions) signIn(world, tutor.staff, session.startedAt, random, session.ip);
  }
}

function writeSession(world: SampleWorld, staff: Staff, session: MarkingSession, unitId: number, random: Random): void {
  const { startedAt, lastAt, ip, assessments } = session;
  signIn(world, staff, startedAt - random.int(20, 90) * 1000, random, ip);
  const openings = 1 + Math.floor(assessments / 6);
  for (let opening = 0; opening < openings; opening++) {
    const at = startedAt + Math.floor(((lastAt - startedAt) * opening) / openings / 1000) * 1000;
    world.log.add(requestEntry(at, ip, "GET", `/api/units/${unitId}/tasks/inbox`));
  }
}

/** Enrolment imports on Mondays, and now and then an error. */
function writeRoutine(world: SampleWorld, { unit, trimester }: OfferingFrame, students: number, random: Random): void {
  const importedAt = trimester.start - importDaysBefore * dayMs;
  const message = `${unit.code} - Import success for ${students} students`;
  world.log.add(infoEntry(importedAt + random.int(0, 3600) * 1000, "unknown", message));
  for (let week = 1; week <= 11; week++) {
    const at = weekStart(trimester, week) + random.int(0, 3600) * 1000;
    world.log.add(infoEntry(at, "unknown", `${unit.code} - Import success for ${random.int(0, 4)} students`));
    if (!random.chance(0.3)) continue;
    const failedAt = at + random.int(12, 140) * hourMs;
    const trace =
      "Unhandled exception: ActiveRecord::RecordNotFound\n#<ActiveRecord::RecordNotFound>\napp/api/tasks_api.rb";
    world.log.add({ at: failedAt, ip: "unknown", severity: "ERROR", message: trace });
  }
}

function writeFaultyRows(world: SampleWorld, { faults, unit, trimester, team }: OfferingFrame): void {
  for (const row of faults.doubled) world.dump.add("task_engagements", row);
  if (faults.doubled.length > 0) world.tally.count("engagements-doubled", faults.doubled.length);
  const tutor = team.tutors[0];
  const orphans = faultCount(world.plan.orphanComments, unit, trimester);
  for (let index = 0; index < orphans && tutor !== undefined; index++) {
    const at = weekStart(trimester, 7) + index * hourMs;
    const people = { authorId: tutor.staff.id, recipientId: tutor.staff.id };
    writeComment(world, 900_000_000 + index, { kind: "text", text: "See my note above.", at, ...people });
    world.tally.count("comments-orphaned");
  }
}

function isAt(fault: FaultOffering, unit: CatalogueUnit, trimester: Trimester): boolean {
  return fault.unit === unit.code && fault.trimester.id === trimester.id;
}

function faultCount(
  fault: FaultOffering & { readonly most: number },
  unit: CatalogueUnit,
  trimester: Trimester,
): number {
  return isAt(fault, unit, trimester) ? fault.most : 0;
}
