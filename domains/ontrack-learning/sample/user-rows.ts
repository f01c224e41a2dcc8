import { createHash } from "node:crypto";
import type { Person } from "./person.ts";
import { roleIds } from "./reference-rows.ts";
import { type SampleWorld, stamps } from "./sample-world.ts";

/** Accounts are written last: they carry how often and when people signed in. */
export async function writeUserRows(world: SampleWorld, people: readonly Person[]): Promise<void> {
  for (const person of [...people].sort((a, b) => a.id - b.id)) {
    world.dump.add("users", userRow(world, person));
    await world.dump.flush();
  }
}

/** With everything the real table holds, so that leaving it out downstream can be tested. */
function userRow(world: SampleWorld, person: Person) {
  const { id, username, firstName, lastName, lastSignInAt } = person;
  const lastSignIn = lastSignInAt === undefined ? null : world.dates.instant(lastSignInAt);
  const isStudent = person.roleId === roleIds.student;
  return {
    id,
    username,
    login_id: username,
    email: `${username}@university.example`,
    encrypted_password: inventedSecret("password", username),
    reset_password_token: id % 40 === 0 ? inventedSecret("reset", username) : null,
    unlock_token: id % 97 === 0 ? inventedSecret("unlock", username) : null,
    sign_in_count: person.signIns,
    current_sign_in_at: lastSignIn,
    last_sign_in_at: lastSignIn,
    current_sign_in_ip: person.homeIp,
    last_sign_in_ip: person.homeIp,
    first_name: firstName,
    last_name: lastName,
    nickname: firstName,
    student_id: isStudent ? username.slice(1) : null,
    role_id: person.roleId,
    opt_in_to_research: person.optInToResearch ?? null,
    has_run_first_time_setup: person.optInToResearch !== undefined,
    ...stamps(world, person.createdAt, lastSignInAt ?? person.createdAt),
  };
}

/** Looks like a secret and opens nothing. */
function inventedSecret(purpose: string, username: string): string {
  return `not-a-secret-${createHash("sha256").update(`${purpose}/${username}`).digest("hex").slice(0, 32)}`;
}
