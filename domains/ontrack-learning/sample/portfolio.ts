import type { Random } from "@thoth/testing/random";
import { infoEntry } from "./log-line.ts";
import { dayMs, dayOf, type Instant, instantAt, minuteMs } from "./melbourne-time.ts";
import type { Student } from "./person.ts";
import type { SampleWorld } from "./sample-world.ts";
import { signIn } from "./sign-ins.ts";
import type { Trimester } from "./trimester-calendar.ts";

/** How a unit ended for a student, as far as it has. */
export interface UnitResult {
  readonly portfolio?: { readonly madeAt: Instant; readonly submittedGrade: number };
  /** Mark out of 100. */
  readonly mark?: { readonly markedAt: Instant; readonly value: number };
}

interface ResultOptions {
  readonly trimester: Trimester;
  /** Highest grade the work supports, -1 when not even Pass. */
  readonly reachedGrade: number;
  readonly wantsPortfolio: boolean;
  readonly asOf: Instant;
  readonly random: Random;
}

/** A portfolio in the week after the last day, a mark about a week later; without a portfolio only a failing mark. */
export function concludeUnit({ trimester, reachedGrade, wantsPortfolio, asOf, random }: ResultOptions): UnitResult {
  const madeAt = instantAt(trimester.end + random.int(1, 6) * dayMs, random.int(9 * 60, 23 * 60) * minuteMs);
  const markedAt = instantAt(trimester.end + random.int(10, 13) * dayMs, 15 * 60 * minuteMs);
  const submits = reachedGrade >= 0 && wantsPortfolio;
  const passing = Math.min(100, 50 + 10 * reachedGrade + random.int(0, reachedGrade === 3 ? 20 : 9));
  const failing = random.int(15, 45);
  return {
    ...(submits && madeAt <= asOf ? { portfolio: { madeAt, submittedGrade: reachedGrade } } : {}),
    ...(markedAt <= asOf ? { mark: { markedAt, value: submits ? passing : failing } } : {}),
  };
}

/** What making a portfolio leaves in the log and in the web client's analytics. */
export function logPortfolio(
  world: SampleWorld,
  student: Student,
  unitCode: string,
  at: Instant,
  random: Random,
): void {
  const { log, traffic } = world;
  signIn(world, student, at - random.int(5, 45) * minuteMs, random);
  traffic.portfolio(student, dayOf(at));
  const failure = `Failed to convert portfolio to PDF for ${unitCode} ${student.username}`;
  if (random.chance(0.02)) log.add({ at: at - 4000, ip: "unknown", severity: "ERROR", message: failure });
  log.add(infoEntry(at, "unknown", `Created portfolio at /student-work/portfolio/${unitCode}/${student.username}.pdf`));
}
