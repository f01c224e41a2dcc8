import type { Random } from "@thoth/testing/random";
import { dayMs, type Instant } from "./melbourne-time.ts";
import { createStaff, type Staff } from "./person.ts";
import type { Trimester } from "./trimester-calendar.ts";
import type { CatalogueUnit } from "./unit-catalogue.ts";

export interface TeachingStaff {
  /** Everybody who ever taught, in the order of their accounts. */
  readonly staff: readonly Staff[];
  /** The unit's convenor stays for years. */
  convenorOf(unit: CatalogueUnit): Staff;
  /** Somebody who tutors nothing else in this trimester; new people are hired when nobody is left. */
  hireTutor(trimester: Trimester): Staff;
}

interface TeachingStaffOptions {
  readonly random: Random;
  readonly nextUserId: () => number;
  readonly since: Instant;
}

const tutorRole = 2;
const convenorRole = 3;

/** Share of tutors who come back for another trimester. */
const stay = 0.7;

export function createTeachingStaff({ random, nextUserId, since }: TeachingStaffOptions): TeachingStaff {
  const staff: Staff[] = [];
  const convenors = new Map<string, Staff>();
  let tutors: Staff[] = [];
  let free: Staff[] = [];
  let current: Trimester | undefined;
  const appoint = (roleId: number, createdAt: Instant) => {
    const draw = random.fork(`staff/${staff.length}`);
    const person = createStaff({ id: nextUserId(), createdAt, random: draw }, roleId);
    staff.push(person);
    return person;
  };
  const beginTrimester = (trimester: Trimester) => {
    const draw = random.fork(`staffing/${trimester.period}/${trimester.year}`);
    tutors = tutors.filter(() => draw.chance(stay));
    free = draw.shuffle(tutors);
    current = trimester;
  };
  return {
    staff,
    convenorOf(unit) {
      const convenor = convenors.get(unit.code) ?? appoint(convenorRole, since - 60 * dayMs);
      convenors.set(unit.code, convenor);
      return convenor;
    },
    hireTutor(trimester) {
      if (trimester !== current) beginTrimester(trimester);
      const known = free.pop();
      if (known !== undefined) return known;
      const hired = appoint(tutorRole, trimester.start - 21 * dayMs);
      tutors.push(hired);
      return hired;
    },
  };
}
