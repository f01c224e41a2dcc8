import type { Council } from "@thoth/contract/council/council";
import { isMeshError } from "@thoth/kernel/mesh-error";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Agreement } from "../agreement.ts";
import { enrolments, now, purposes } from "../fixtures/enrolments.ts";
import type { Actor, AgreementRules } from "./agreement-rules.ts";
import { approveAgreement } from "./approve-agreement.ts";
import { rejectAgreement, revokeAgreement } from "./end-agreement.ts";
import { requestAgreement } from "./request-agreement.ts";

/** Who is who: several names are one person. */
const people: Readonly<Record<string, string>> = {
  steward: "s",
  "school-steward": "s",
  owner: "o",
  "school-owner": "o",
  ada: "a",
  bea: "b",
  cyd: "c",
  dee: "d",
  "Eve <steward>": "e",
  "owner <fay@example.org>": "f",
};
/** Everybody whom somebody may be, as far as their names and roles tell. */
const selves = ({ name, roles }: Pick<Actor, "name" | "roles">) =>
  new Set([name, ...roles.map((role) => role.replace("account:", ""))].flatMap((one) => people[one] ?? []));

const member = (name: string, ...accounts: string[]) => ({ name, roles: [], domains: [], accounts });
const council = {
  members: [member("school-steward", "steward"), member("school-owner", "owner")],
} as unknown as Council;
const rules: AgreementRules = {
  products: [{ model: enrolments, owner: "owner", stewards: ["steward"] }],
  purposes,
  council,
};

const someActor: fc.Arbitrary<Actor> = fc.record({
  name: fc.constantFrom(...Object.keys(people)),
  kind: fc.constantFrom("person", "service"),
  roles: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    fc.subarray(["account:steward", "account:school-owner", "tutor"], { maxLength: 1 }),
    fc.subarray(["account:steward", "account:owner", "account:cyd", "account:school-steward", "tutor"]),
  ),
  authenticated: fc.constant("token"),
});

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ how: fc.constant("grant" as const), actor: someActor }) },
  fc.record({ how: fc.constantFrom("reject" as const, "revoke" as const), actor: someActor }),
);

const someRequest = fc.record({
  actor: someActor,
  consumer: fc.constantFrom("ada", "bea", "dee", "owner", "school-steward", "role:tutor", "role:account:owner"),
  columns: fc.constantFrom<readonly string[] | null>(null, ["person", "grade"], ["person", "email"]),
});

interface Step {
  readonly how: "grant" | "reject" | "revoke";
  readonly actor: Actor;
}

function take(one: Agreement, { how, actor }: Step): Agreement {
  if (how === "grant") return approveAgreement(one, actor, { rules, now }).agreement;
  return (how === "reject" ? rejectAgreement : revokeAgreement)(one, actor, { reason: "x", rules, now });
}

/** The step, or nothing of it when it is refused. */
function attempt(one: Agreement, step: Step): Agreement {
  try {
    return take(one, step);
  } catch (failure) {
    if (isMeshError(failure)) return one;
    throw failure;
  }
}

test("however many try whatever, nobody grants to themselves, and what is restricted is granted by two people", () => {
  let granted = 0;
  fc.assert(
    fc.property(someRequest, fc.array(someStep, { maxLength: 10 }), ({ actor, consumer, columns }, steps) => {
      const whole = { product: enrolments.id, purpose: "research", role: "researcher", rows: {}, reason: "x" };
      const facts = { id: "ag_1", rules, known: [], now };
      let one = requestAgreement({ ...whole, consumer, columns }, actor, facts);
      const served = new Set([...selves(actor), ...selves({ name: consumer.replace("role:account:", ""), roles: [] })]);
      const approvers: Set<string>[] = [];
      for (const step of steps) {
        const before = one;
        one = attempt(one, step);
        if (one.approvals.length === before.approvals.length) continue;
        // Whoever has just approved is a person, holds the account, and can be neither whom it serves nor who has approved.
        const approver = selves(step.actor);
        expect(step.actor.kind).toBe("person");
        expect(approver.has("s") || approver.has("o")).toBe(true);
        for (const other of [served, ...approvers]) expect([...approver.intersection(other)]).toEqual([]);
        approvers.push(approver);
        expect(step.actor.roles.map((role) => `role:${role}`)).not.toContain(consumer);
      }
      if (one.status !== "granted") return;
      granted++;
      const needed = columns?.includes("email") === false ? [1] : [1, 2];
      expect(one.approvals.map(({ level }) => level).toSorted()).toEqual(needed);
    }),
    { numRuns: 3000, seed: 6 },
  );
  expect(granted).toBeGreaterThan(100);
});
