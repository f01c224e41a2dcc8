import type { Random } from "@thoth/testing/random";
import { classDiary, deskDiary, type MarkingDiary, type WeeklyMeeting } from "./marking-diary.ts";
import { dayMs, hourMs } from "./melbourne-time.ts";
import type { Staff, Student } from "./person.ts";
import { practicalActivity, roleIds, workshopActivity } from "./reference-rows.ts";
import { type SampleWorld, stamps } from "./sample-world.ts";
import type { TeachingStaff } from "./teaching-staff.ts";
import type { Trimester } from "./trimester-calendar.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";

/** A tutor of one offering. */
export interface UnitTutor {
  readonly staff: Staff;
  readonly unitRoleId: number;
  readonly desk: MarkingDiary;
}

export interface Tutorial {
  readonly id: number;
  readonly campusId: number;
  readonly tutor: UnitTutor;
  readonly classroom: MarkingDiary;
}

/** The tutorials of one stream and who sits in which. */
export interface TutorialStream {
  /** Undefined: the tutorials serve every task. */
  readonly id: number | undefined;
  readonly tutorialOf: ReadonlyMap<Student, Tutorial>;
}

export interface TeachingTeam {
  readonly streams: readonly TutorialStream[];
  readonly tutors: readonly UnitTutor[];
  readonly tutorials: readonly Tutorial[];
}

interface TeamOptions {
  readonly unit: CatalogueUnit;
  readonly unitId: number;
  readonly trimester: Trimester;
  readonly students: readonly Student[];
  readonly staff: TeachingStaff;
  readonly random: Random;
}

interface StreamKind {
  readonly name: string;
  readonly abbreviation: string;
  readonly activityTypeId: number;
  readonly prefix: string;
  readonly seats: number;
  readonly durationMs: number;
}

const practicals: StreamKind = {
  name: "Practical",
  abbreviation: "prac",
  activityTypeId: practicalActivity,
  prefix: "LA1",
  seats: 19,
  durationMs: 2 * hourMs,
};
const workshops: StreamKind = {
  name: "Workshop",
  abbreviation: "wrkshop",
  activityTypeId: workshopActivity,
  prefix: "WS1",
  seats: 38,
  durationMs: 2 * hourMs,
};
const tutorialsPerTutor = 2;
const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] as const;

/** Hires tutors, lays out tutorials campus by campus and seats every student in one tutorial a stream. */
export function assembleTeam(world: SampleWorld, options: TeamOptions): TeachingTeam {
  const tutors: UnitTutor[] = [];
  const tutorials: Tutorial[] = [];
  const kinds = options.unit.streams ? [practicals, workshops] : [practicals];
  const streams = kinds.map((kind) => {
    const id = options.unit.streams ? writeStream(world, options, kind) : undefined;
    const tutorialOf = new Map<Student, Tutorial>();
    for (const group of seatStudents(options.students, kind.seats)) {
      if (tutorials.length % tutorialsPerTutor === 0) tutors.push(hire(world, options));
      const tutor = tutors.at(-1) as UnitTutor;
      const tutorial = openTutorial(world, options, { kind, streamId: id, tutor, group, number: tutorials.length + 1 });
      tutorials.push(tutorial);
      for (const student of group) tutorialOf.set(student, tutorial);
    }
    return { id, tutorialOf };
  });
  return { streams, tutors, tutorials };
}

function writeStream(world: SampleWorld, { unitId, trimester }: TeamOptions, kind: StreamKind): number {
  return world.dump.add("tutorial_streams", {
    name: kind.name,
    abbreviation: kind.abbreviation,
    activity_type_id: kind.activityTypeId,
    unit_id: unitId,
    ...stamps(world, trimester.start - 28 * dayMs),
  });
}

/** Groups of one campus each, as even as the seats allow. */
function seatStudents(students: readonly Student[], seats: number): Student[][] {
  const campuses = [...Map.groupBy(students, (student) => student.campusId)].sort(([a], [b]) => a - b);
  return campuses.flatMap(([, members]) => {
    const groups = Math.ceil(members.length / seats);
    return Array.from({ length: groups }, (_, group) => members.filter((_, index) => index % groups === group));
  });
}

function hire(world: SampleWorld, { staff, trimester, unitId, random }: TeamOptions): UnitTutor {
  const person = staff.hireTutor(trimester);
  const role = { user_id: person.id, role_id: roleIds.tutor, unit_id: unitId };
  const unitRoleId = world.dump.add("unit_roles", { ...role, ...stamps(world, trimester.start - 20 * dayMs) });
  return { staff: person, unitRoleId, desk: deskDiary(random.fork(`desk/${person.id}`), person.homeIp) };
}

interface TutorialPlan {
  readonly kind: StreamKind;
  readonly streamId: number | undefined;
  readonly tutor: UnitTutor;
  readonly group: readonly Student[];
  /** Counts the tutorials of the offering from 1. */
  readonly number: number;
}

function openTutorial(world: SampleWorld, options: TeamOptions, plan: TutorialPlan): Tutorial {
  const { kind, tutor, group, number } = plan;
  const draw = options.random.fork(`tutorial/${number}`);
  const meeting: WeeklyMeeting = {
    weekday: draw.int(1, 5),
    timeMs: draw.int(16, 39) * (hourMs / 2),
    durationMs: kind.durationMs,
  };
  const campusId = group[0]?.campusId ?? 1;
  const code = `${kind.prefix}-${String(number).padStart(2, "0")}`;
  const id = world.dump.add("tutorials", {
    unit_id: options.unitId,
    meeting_day: weekdays[meeting.weekday - 1] ?? null,
    meeting_time: clockTime(meeting.timeMs),
    meeting_location: `${draw.pick(["EN", "BA"])}${draw.int(100, 499)}`,
    code,
    abbreviation: code,
    unit_role_id: tutor.unitRoleId,
    capacity: kind.seats + 1,
    campus_id: campusId,
    tutorial_stream_id: plan.streamId ?? null,
    ...stamps(world, options.trimester.start - 20 * dayMs),
  });
  const roomIp = `10.8.${campusId}.${(id % 250) + 1}`;
  return { id, campusId, tutor, classroom: classDiary(draw.fork("classroom"), meeting, roomIp) };
}

function clockTime(timeMs: number): string {
  const minutes = Math.round(timeMs / 60_000);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
