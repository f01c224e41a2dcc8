import type { Random } from "@thoth/testing/random";
import { dayMs } from "./melbourne-time.ts";
import { presentationSizes } from "./open-university.ts";
import { createStudent, type Student } from "./person.ts";
import type { Trimester } from "./trimester-calendar.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";

export interface StudentBody {
  /** Everybody who ever enrolled, in the order of their accounts. */
  readonly students: readonly Student[];
  /** Chooses who takes a unit: known students who may, then newcomers. */
  enrol(unit: CatalogueUnit, trimester: Trimester, index: number): Student[];
}

interface StudentBodyOptions {
  readonly random: Random;
  readonly scale: number;
  readonly nextUserId: () => number;
}

/** Share of the seats that go to students who are already there, by the unit's level. */
const returningShare = { 1: 0.4, 2: 0.75, 3: 0.9 } as const;

const unitsPerTrimester = 4;

export function createStudentBody({ random, scale, nextUserId }: StudentBodyOptions): StudentBody {
  const students: Student[] = [];
  const load = new Map<Student, { readonly trimester: number; units: number }>();
  const loadOf = (student: Student, trimester: number) => {
    const entry = load.get(student);
    return entry?.trimester === trimester ? entry.units : 0;
  };
  const enrolOne = (student: Student, unit: CatalogueUnit, index: number) => {
    student.taken.add(unit.code);
    load.set(student, { trimester: index, units: loadOf(student, index) + 1 });
    return student;
  };
  const arrive = (trimester: Trimester, index: number) => {
    const id = nextUserId();
    const createdAt = trimester.start - 14 * dayMs + (id % 7200) * 1000;
    const student = createStudent({ id, createdAt, random: random.fork(`student/${students.length}`) }, index);
    students.push(student);
    return student;
  };
  return {
    students,
    enrol(unit, trimester, index) {
      const draw = random.fork(`enrol/${unit.code}/${trimester.period}/${trimester.year}`);
      const seats = cohortSize(unit, trimester, scale, draw);
      const may = (student: Student) => mayEnrol(student, unit, index) && loadOf(student, index) < unitsPerTrimester;
      const known = draw.shuffle(students.filter(may)).slice(0, Math.round(seats * returningShare[unit.level]));
      const newcomers = Array.from({ length: seats - known.length }, () => arrive(trimester, index));
      return [...known, ...newcomers].map((student) => enrolOne(student, unit, index));
    },
  };
}

/** One of the 22 observed sizes near the unit's usual place among them; the third trimester is the small one. */
function cohortSize(unit: CatalogueUnit, trimester: Trimester, scale: number, random: Random): number {
  const usual = trimester.period === "T3" ? Math.floor(unit.sizeRank / 3) : unit.sizeRank;
  const rank = Math.min(presentationSizes.length - 1, Math.max(0, usual + random.int(-2, 2)));
  return Math.max(12, Math.round((presentationSizes[rank] ?? 0) * scale));
}

function mayEnrol(student: Student, unit: CatalogueUnit, index: number): boolean {
  const terms = index - student.firstTrimester;
  return student.lastTrimester >= index && terms >= (unit.level - 1) * 2 && !student.taken.has(unit.code);
}
