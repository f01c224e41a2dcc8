import type { Random } from "@thoth/testing/random";
import { type Day, dayMs, hourMs, type Instant, instantAt, weekMs } from "./melbourne-time.ts";
import { valueAt } from "./observed-curve.ts";
import { withdrawalCurve, withdrawnShare } from "./open-university.ts";
import type { Student } from "./person.ts";
import type { Trimester } from "./trimester-calendar.ts";

/** What a student means to do in one unit. */
export interface EnrolmentPlan {
  /** 0 Pass to 3 High Distinction. */
  readonly targetGrade: number;
  /** Undefined: stays to the end. */
  readonly withdrawsAt: Instant | undefined;
  /** Last moment of work: withdrawing, giving up quietly, or the end of the unit. */
  readonly worksUntil: Instant;
  /** Chance to work on a task of the target grade or below. */
  readonly steadiness: number;
  readonly wantsPortfolio: boolean;
}

/** Enrolments reach OnTrack ten days before the first class; who left earlier is never seen. */
export const importDaysBefore = 10;

export function planEnrolment(student: Student, trimester: Trimester, random: Random): EnrolmentPlan {
  const withdrawsAt = withdrawal(student, trimester, random.fork("withdrawal"));
  const givesUpOn = givingUp(student, trimester, random.fork("giving-up"));
  const end = instantAt(trimester.end + 5 * dayMs, 23 * hourMs);
  return {
    targetGrade: targetGrade(student, random.fork("target")),
    withdrawsAt,
    worksUntil: Math.min(withdrawsAt ?? end, givesUpOn ?? end, end),
    steadiness: Math.min(0.99, Math.max(0.3, 0.88 + 0.09 * student.diligence)),
    wantsPortfolio: random.fork("portfolio").chance(0.88),
  };
}

function targetGrade(student: Student, random: Random): number {
  const ambition = random.normal(student.ability, 0.6);
  return ambition < -0.2 ? 0 : ambition < 0.6 ? 1 : ambition < 1.4 ? 2 : 3;
}

function withdrawal(student: Student, trimester: Trimester, random: Random): Instant | undefined {
  const odds = Math.log(withdrawnShare / (1 - withdrawnShare)) - 0.6 * student.diligence;
  const leaves = random.chance(1 / (1 + Math.exp(-odds)));
  const share = valueAt(withdrawalCurve, random.next());
  const day = trimester.start + Math.round((share * (trimester.end - trimester.start)) / dayMs) * dayMs;
  if (!leaves || day < trimester.start - importDaysBefore * dayMs) return undefined;
  return instantAt(day, random.normal(14, 2) * hourMs);
}

/** Some never begin and some stop on the way, without withdrawing. */
function givingUp(student: Student, trimester: Trimester, random: Random): Day | undefined {
  const chance = 0.11 - 0.05 * student.diligence;
  if (!random.chance(Math.max(0.01, chance))) return undefined;
  return random.chance(0.3) ? trimester.start : trimester.start + random.int(2, 9) * weekMs;
}
