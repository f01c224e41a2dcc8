import { expect, test } from "vitest";
import type { Agreement } from "./agreement.ts";
import { decide } from "./decide.ts";
import { anonymous, type Principal } from "./decision.ts";
import { ada, agreement, enrolments, now, purposes, role } from "./fixtures/enrolments.ts";

const answered = { ...enrolments, answeredBy: ["school-steward", "school-team"] };
const local: Principal = { ...ada, name: "local:ada" };
const robot: Principal = { ...ada, name: "service:robot", kind: "service" };

interface Case {
  readonly principal?: Principal;
  readonly purpose?: string;
  readonly agreements?: readonly Agreement[];
  readonly product?: typeof answered;
}

function adviceOf({ principal = local, purpose, agreements = [], product = answered }: Case): string | undefined {
  return decide(principal, product, purpose, { agreements, purposes, now }).advice;
}

const command = "npx mesh access request school/enrolments --role researcher --purpose research";
const open = { ...answered, columns: answered.columns.filter(({ name }) => name === "unit"), key: ["unit"] };

test.each<[string, Case, string]>([
  [
    "who may grant it, the command, and what else could be asked for",
    {},
    `steward grants it, and as the second person owner. Ask: \`${command} --reason "…"\` (other roles: tutor, auditor, analyst, campus; other purpose: study), or \`requestAccess\` in GraphQL.`,
  ],
  ["the purpose that was said", { purpose: "study" }, "--role researcher --purpose study --reason"],
  ["a purpose that fits, when the one that was said does not", { purpose: "teaching" }, `${command} --reason`],
  ["in the name of a token", { principal: ada }, `${command} --as ada --reason`],
  [
    "in a name that a shell would take apart",
    { principal: { ...ada, name: "Ada $(id)" } },
    "--as 'Ada $(id)' --reason",
  ],
  ["for a machine", { principal: robot }, `${command} --for service:robot --reason`],
  [
    "those who answer for the domain, when the role names nobody",
    { product: { ...answered, roles: [role("reader", { firstLevelApprovers: [], secondLevelApprovers: [] })] } },
    "school-steward or school-team grants it, and as the second person school-steward or school-team. Ask:",
  ],
  [
    "one person, when nothing is restricted",
    { product: { ...answered, columns: answered.columns.filter(({ name }) => name !== "email") } },
    "steward grants it. Ask:",
  ],
  [
    "whom to speak with, when nothing is offered",
    { product: { ...answered, roles: [] } },
    "Its contract offers no role to ask for: speak with school-steward, school-team.",
  ],
  [
    "whom to speak with, when no purpose fits",
    { product: { ...answered, consent: { purpose: undefined, basis: "legal-obligation", columns: {} } } },
    "It is granted for no purpose that there is: speak with school-steward, school-team.",
  ],
  ["what else there is under an agreement", { agreements: [agreement({ consumer: "local:ada" })] }, "owner. Ask:"],
  [
    "to say the purpose, with agreements for two",
    { principal: ada, agreements: [agreement(), agreement({ id: "agr-2", purpose: "study" })] },
    "Say it: `--purpose`",
  ],
  [
    "to give one back, of two that must not be held together",
    {
      principal: ada,
      purpose: "research",
      agreements: [agreement({ role: "analyst" }), agreement({ id: "agr-2", role: "analyst", purpose: "study" })],
    },
    'Give one back: `npx mesh access revoke agr-2 --reason "…"`.',
  ],
  ["to use another credential", { principal: { ...ada, limits: { products: [] } } }, "Send a credential without that"],
  ["to say who one is, and no names", { principal: anonymous }, "Say who you are: send a token or key"],
])("advice tells %s", (_what, asked, words) => {
  expect(adviceOf(asked)).toContain(words);
});

test("who is not known hears no account and no role", () => {
  expect(adviceOf({ principal: anonymous })).not.toMatch(/steward|owner|team|researcher/);
});

test("there is no advice where there is nothing more to see", () => {
  expect(adviceOf({ product: open })).toBeUndefined();
});

test.each([
  ["play", '"play" is no purpose that data may be used for; there are research, study'],
  ["study", "no agreement of ada for school/enrolments and study is in force; there is one for research"],
])("a purpose %s without an agreement is told of what there is", (purpose, words) => {
  const decision = decide(ada, enrolments, purpose, { agreements: [agreement()], purposes, now });
  expect(decision.reasons.join()).toContain(words);
});

test("advice is no part of what is decided", () => {
  const facts = { agreements: [], purposes, now };
  expect(decide(local, answered, undefined, facts).fingerprint).toBe(
    decide(local, enrolments, undefined, facts).fingerprint,
  );
});
