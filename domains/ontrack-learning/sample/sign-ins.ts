import type { Random } from "@thoth/testing/random";
import { infoEntry, requestEntry } from "./log-line.ts";
import { dayMs, dayOf, type Instant, instantAt, minuteMs } from "./melbourne-time.ts";
import type { Person, Student } from "./person.ts";
import type { SampleWorld } from "./sample-world.ts";
import { timeOfDay } from "./submission-timing.ts";
import { type Trimester, weekStart } from "./trimester-calendar.ts";

const crowdedWeeks: ReadonlySet<number> = new Set([5, 9, 12]);
const weeksOpen = 12;

/** Visits of a student that leave nothing behind but sign-ins: more from the diligent, more when much is due. */
export function browse(
  world: SampleWorld,
  student: Student,
  trimester: Trimester,
  until: Instant,
  random: Random,
): void {
  for (let week = 1; week <= weeksOpen; week++) {
    const mean = 0.7 * Math.exp(0.35 * student.diligence) * (crowdedWeeks.has(week) ? 1.6 : 1);
    for (let visits = random.poisson(mean); visits > 0; visits--) {
      const day = weekStart(trimester, week) + random.int(0, 6) * dayMs;
      const at = instantAt(day, timeOfDay(random));
      if (at <= until) signIn(world, student, at, random);
    }
  }
}

/** One visit: a fresh login or a token that is still good, and what goes with it. */
export function signIn(world: SampleWorld, person: Person, at: Instant, random: Random, ip = person.homeIp): void {
  const { log, traffic, asOf } = world;
  if (at > asOf) return;
  const { username } = person;
  if (random.chance(0.004))
    log.add(infoEntry(at - 25_000, ip, `Error logging in for ${username} / ${username} from ${ip}`));
  if (random.chance(0.45)) {
    log.add(infoEntry(at, ip, `Login ${username} from ${ip}`));
    if (person.signIns++ === 0) traffic.optIn(person, dayOf(at));
    person.lastSignInAt = Math.max(person.lastSignInAt ?? 0, at);
  } else log.add(infoEntry(at, ip, `Authenticate ${username} from ${ip}`));
  if (random.chance(0.2)) log.add(requestEntry(at + 1000, ip, "GET", "/api/projects"));
  if (random.chance(0.1)) log.add(infoEntry(at + random.int(2, 40) * minuteMs, ip, `Sign out ${username} from ${ip}`));
  if (random.chance(0.006)) log.add(infoEntry(at + 125 * minuteMs, ip, `Timing out token for ${username} from ${ip}`));
  traffic.visit(person, dayOf(at));
}
