import type { Random } from "@thoth/testing/random";
import type { Instant } from "./melbourne-time.ts";
import { familyNames, givenNames } from "./person-names.ts";

/** A row of `users` and what the account has seen so far. */
export interface Person {
  readonly id: number;
  readonly username: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly roleId: number;
  /** Undefined: the person was not asked. */
  readonly optInToResearch: boolean | undefined;
  /** Address they usually sign in from. */
  readonly homeIp: string;
  readonly createdAt: Instant;
  signIns: number;
  lastSignInAt: Instant | undefined;
}

export interface Student extends Person {
  /** Standard normal: how easily work becomes good. */
  readonly ability: number;
  /** Standard normal, leans on ability: how early and how steadily work is done. */
  readonly diligence: number;
  readonly campusId: number;
  /** Index of the trimester they began in, and of the last one they may enrol in. */
  readonly firstTrimester: number;
  readonly lastTrimester: number;
  readonly taken: Set<string>;
}

export interface Staff extends Person {
  /** Multiplies how long an answer takes: below 1 faster than most. */
  readonly slowness: number;
}

interface Account {
  readonly id: number;
  readonly createdAt: Instant;
  readonly random: Random;
}

export function createStudent(account: Account, trimester: number): Student {
  const { random } = account;
  const ability = random.normal(0, 1);
  return {
    ...createPerson(account, 1, `s${220_000_000 + account.id * 37 + random.int(0, 36)}`),
    ability,
    diligence: 0.5 * ability + random.normal(0, 0.87),
    campusId: random.weighted([
      [1, 4],
      [2, 4],
      [3, 2],
    ] as const),
    firstTrimester: trimester,
    lastTrimester: trimester + random.int(5, 9),
    taken: new Set(),
  };
}

export function createStaff(account: Account, roleId: number): Staff {
  const { random } = account;
  const person = createPerson(account, roleId, "");
  const username = `${person.firstName[0]}${person.lastName}${account.id}`.toLowerCase();
  return { ...person, username, slowness: random.logNormal(1, 0.25) };
}

const optIn = [
  [true, 60],
  [false, 25],
  [undefined, 15],
] as const;

function createPerson({ id, createdAt, random }: Account, roleId: number, username: string): Person {
  return {
    id,
    username,
    firstName: random.pick(givenNames),
    lastName: random.pick(familyNames),
    roleId,
    optInToResearch: random.weighted<boolean | undefined>(optIn),
    homeIp: `10.${random.int(16, 95)}.${random.int(0, 255)}.${random.int(1, 254)}`,
    createdAt,
    signIns: 0,
    lastSignInAt: undefined,
  };
}
