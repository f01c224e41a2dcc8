import type { Council } from "@thoth/contract/council/council";
import type { ColumnModel } from "@thoth/contract/product-model";
import { describe, expect, test } from "vitest";
import type { Agreement } from "../agreement.ts";
import { agreement, enrolments, now, purposes, role } from "../fixtures/enrolments.ts";
import type { Actor, AgreementRules } from "./agreement-rules.ts";
import { stateOfAgreement } from "./agreement-state.ts";
import { approveAgreement } from "./approve-agreement.ts";
import { levelFor } from "./approvers.ts";
import { rejectAgreement, revokeAgreement } from "./end-agreement.ts";
import { type AccessRequest, requestAgreement } from "./request-agreement.ts";

const dayMs = 86_400_000;

const member = (name: string, accounts: readonly string[] = []) => ({ name, roles: [], domains: [], accounts });
const council = {
  members: [member("school-steward", ["steward"]), member("school-owner", ["owner"])],
} as unknown as Council;

/** Its columns are open to no one without an agreement, and none is restricted. */
const plain = {
  ...enrolments,
  id: "school/plain",
  columns: enrolments.columns.filter(({ name }) => name !== "email") as readonly ColumnModel[],
  roles: [role("researcher"), role("nameless", { firstLevelApprovers: [], secondLevelApprovers: [] })],
};

const answering = { owner: "team-owner", stewards: ["team-steward"] };
const rules: AgreementRules = {
  products: [
    { model: enrolments, ...answering },
    { model: { ...enrolments, major: 0, version: "0.9.0", roles: [role("old")] }, ...answering },
    { model: plain, ...answering },
  ],
  purposes,
  council,
};

const person = (name: string, ...roles: string[]): Actor => ({ name, kind: "person", roles, authenticated: "token" });
const ada = person("ada");

function ask(
  changes: Partial<AccessRequest> = {},
  { actor = ada, known = [] as readonly Agreement[], keyMakers = [] as readonly string[] } = {},
): Agreement {
  const whole = { consumer: "ada", product: "school/enrolments", purpose: "research", role: "researcher" };
  const request = { ...whole, columns: null, rows: {}, reason: " A study. ", ...changes };
  return requestAgreement(request, actor, { id: "ag_1", rules, known, keyMakers, now });
}

describe("what is asked for", () => {
  test("is all that the role shows, from now on, for as long as the purpose allows", () => {
    const { from, until, reassessAt, ...asked } = ask();
    expect([from, until, reassessAt]).toEqual([now, now + 365 * dayMs, now + 90 * dayMs]);
    expect(asked).toEqual({
      ...{ id: "ag_1", consumer: "ada", product: "school/enrolments", major: 1, purpose: "research" },
      ...{ role: "researcher", columns: null, rows: {}, status: "requested", approvals: [] },
      ...{ requestedBy: "ada", requestedAs: ["ada"], requestedAt: now, reason: "A study." },
    });
  });

  test("is not looked at again when it ends before that", () => {
    expect(ask({ until: now + 89 * dayMs }).reassessAt).toBeNull();
  });

  test("says for which accounts could act who asked", () => {
    const { requestedBy, requestedAs } = ask({}, { actor: person("cyd", "tutor", "account:steward", "account:cyd") });
    expect([requestedBy, requestedAs]).toEqual(["cyd", ["cyd", "steward"]]);
  });

  test("may be for others, for a role or for a machine, and of an earlier major version", () => {
    for (const consumer of ["bea", "role:tutor", "service:robot", "Zoë O'Neill"])
      expect(ask({ consumer })).toMatchObject({ consumer, requestedBy: "ada" });
    expect(ask({ major: 0, role: "old" }).major).toBe(0);
  });

  test.each<[string, Partial<AccessRequest>, string]>([
    ["no product", { product: "school/nothing" }, "product-unknown"],
    ["a version that is not served", { major: 7 }, "product-unknown"],
    ["no purpose of the list", { purpose: "curiosity" }, "purpose-unknown"],
    ["no role of the contract", { role: "admin" }, "role-unknown"],
    ["a role of another version", { role: "old" }, "role-unknown"],
    ["no column", { columns: ["grade", "shoe_size"] }, "column-unknown"],
    ["rows of no column", { rows: { shoe_size: ["44"] } }, "column-unknown"],
    ["a column that every object has", { columns: ["constructor"] }, "column-unknown"],
    ["nothing", { columns: [] }, "empty"],
    ["rows with no value", { rows: { unit: [] } }, "empty"],
    ["nobody", { consumer: "" }, "consumer"],
    ["no role", { consumer: "role:" }, "consumer"],
    ["those who are not known", { consumer: "anonymous" }, "consumer"],
    ["a name with an end", { consumer: "ada\n" }, "consumer"],
    ["a name with a blank behind it", { consumer: "ada\u00a0" }, "consumer"],
    ["a name whose accents stand beside its letters", { consumer: "Zoe\u0308" }, "consumer"],
    ["a role in capitals, which is none", { consumer: "Role:tutor" }, "consumer"],
    ["a machine in wide letters, which is none", { consumer: "\uff53ervice:robot" }, "consumer"],
    ["no machine", { consumer: "service:" }, "consumer"],
    ["nobody in capitals", { consumer: "Anonymous" }, "consumer"],
    ["a name that nobody can have", { consumer: "Zoë <z@example.org>" }, "consumer"],
    ["a time that is over", { until: now }, "time"],
    ["an end before its beginning", { from: now + dayMs, until: now + 1 }, "time"],
    ["a beginning long ago", { from: now - 2 * dayMs }, "time"],
    ["longer than the purpose allows", { until: now + 365 * dayMs + 1 }, "time"],
    ["a beginning in years to come", { from: now + 367 * dayMs }, "time"],
    ["a beginning beyond all time", { from: 1e300 }, "time"],
    ["an end beyond all time", { until: Number.MAX_SAFE_INTEGER }, "time"],
    ["no reason", { reason: "  " }, "reason"],
    ["a reason that moves the cursor", { reason: "A study\u001b[2J" }, "characters"],
    ["a reason that turns writing round", { reason: "A study \u202e.yduts A" }, "characters"],
    ["a value that moves the cursor", { rows: { unit: ["A", "\u001b[2J"] } }, "characters"],
    ["a value with a line of its own", { rows: { unit: ["A\ntime       from today"] } }, "characters"],
    ["a value with what is not seen", { rows: { unit: ["A\u200b"] } }, "characters"],
    ["values without end", { rows: { unit: Array.from({ length: 2000 }, (_, n) => `U${n}`) } }, "too-large"],
    ["a novel for a reason", { reason: "x".repeat(2001) }, "reason"],
    ["a purpose that people did not agree to", { purpose: "marketing" }, "useless"],
    ["a purpose that needs another basis", { purpose: "teaching" }, "useless"],
    ["a purpose that needs no data about people", { purpose: "better-service" }, "useless"],
    ["no column of its key", { columns: ["grade"] }, "useless"],
  ])("is refused: %s", (_, changes, code) => {
    expect(() => ask(changes)).toThrow(expect.objectContaining({ code: `access/agreement-${code}` }));
  });

  test("named twice, it is no more than named once", () => {
    const { columns, rows } = ask({ columns: ["person", "grade", "person"], rows: { unit: ["A", "A"] } });
    expect([columns, rows]).toEqual([["person", "grade"], { unit: ["A"] }]);
  });

  test("a reason has paragraphs, in every script", () => {
    const reason = "A study:\n\t\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645";
    expect(ask({ reason }).reason).toBe(reason);
  });

  test("a reason that was written on Windows is the same with plain line ends", () => {
    expect(ask({ reason: "A study:\r\nof marks" }).reason).toBe("A study:\nof marks");
  });

  test("what somebody else has asked for is not told, and is in nobody's way", () => {
    const known = [{ ...ask({ consumer: "bea" }), id: "ag_0" }];
    expect(ask({ consumer: "bea" }, { actor: person("bea"), known }).status).toBe("requested");
    expect(() => ask({ consumer: "bea" }, { known })).toThrow(/ag_0/);
  });

  test("is refused for the hundred and first time within a day, also when the others were taken back", () => {
    const before = (ms: number, requestedBy = "ada") =>
      Array.from({ length: 100 }, (_, n): Agreement => {
        return { ...ask(), id: `ag_${n}`, requestedBy, status: "revoked", requestedAt: now - ms };
      });
    const often = expect.objectContaining({ code: "access/agreement-too-often" });
    expect(() => ask({}, { known: before(86_399_999) })).toThrow(often);
    expect(ask({}, { known: before(86_399_999).slice(1) }).status).toBe("requested");
    expect(ask({}, { known: before(86_400_000) }).status).toBe("requested");
    expect(ask({}, { known: before(0, "bea") }).status).toBe("requested");
  });

  test("is refused to nobody, a second time, and for the fiftieth time that waits", () => {
    const nobody: Actor = { name: "anonymous", kind: "anonymous", roles: [], authenticated: "none" };
    expect(() => ask({}, { actor: nobody })).toThrow(/without being known/);
    expect(() => ask({}, { known: [{ ...ask(), id: "ag_0" }] })).toThrow(/ag_0/);
    expect(ask({}, { known: [agreement(), { ...ask(), status: "rejected" }] }).status).toBe("requested");
    const known = Array.from({ length: 50 }, (_, n) => ({ ...ask(), id: `ag_${n}`, consumer: `c${n}` }));
    expect(() => ask({}, { known })).toThrow(expect.objectContaining({ code: "access/agreement-too-many" }));
    expect(ask({}, { known: known.slice(1) }).status).toBe("requested");
  });
});

const approve = (one: Agreement, actor: Actor, at = now) => approveAgreement(one, actor, { rules, now: at });
const first = { by: "steward", as: ["steward"], level: 1, at: now } as const;

describe("restricted columns", () => {
  test.each<[string, readonly string[] | null, boolean, Agreement["rows"]?]>([
    ["named", ["person", "email"], true],
    ["among all", null, true],
    ["not among them", ["person", "grade"], false],
    ["named by the rows alone", ["person", "grade"], true, { email: ["ada@school.test"] }],
  ])("%s: a second person is needed", (_, columns, two, rows = {}) => {
    const asked = ask({ columns, rows });
    const once = approve(asked, person("steward"));
    expect(once).toMatchObject({ action: two ? "approved" : "granted", agreement: { approvals: [first] } });
    if (!two) return;
    expect(once.agreement.status).toBe("requested");
    const twice = approve(once.agreement, person("owner"));
    expect(twice).toMatchObject({ action: "granted", agreement: { status: "granted" } });
    expect(twice.agreement.approvals).toEqual([first, { by: "owner", as: ["owner"], level: 2, at: now }]);
  });

  test("may be granted by the second person first", () => {
    const { agreement: once } = approve(ask(), person("owner"));
    expect(once.approvals).toMatchObject([{ by: "owner", level: 2 }]);
    expect(approve(once, person("steward")).agreement.status).toBe("granted");
  });

  test.each<[string, Actor]>([
    ["the same account again", person("steward")],
    ["the same account by its other name", person("school-steward")],
    ["the same person as another account", person("steward", "account:owner")],
    ["the same person by another name and account", person("school-steward", "account:owner")],
    ["the account that the first one could act for, too", person("owner")],
    ["somebody else who acts for that account", person("dee", "account:school-owner")],
  ])("are not granted by one person alone: %s", (_, second) => {
    const { agreement: once } = approve(ask(), person("steward", "account:owner"));
    expect(() => approve(once, second)).toThrow(expect.objectContaining({ code: "access/agreement-not-yours" }));
  });
});

test("who acted for one account leaves the other one to somebody else", () => {
  const { agreement: once } = approve(ask(), person("cyd", "account:steward"));
  expect(once.approvals).toEqual([{ by: "cyd", as: ["cyd", "steward"], level: 1, at: now }]);
  for (const again of [person("steward", "account:owner"), person("owner", "account:school-steward")])
    expect(() => approve(once, again)).toThrow(expect.objectContaining({ code: "access/agreement-not-yours" }));
  expect(approve(once, person("dee", "account:owner")).agreement.status).toBe("granted");
});

describe("grants", () => {
  const narrow = () => ask({ columns: ["person", "grade"] });

  test.each<[string, Actor, string | undefined]>([
    ["who the role names", person("steward"), undefined],
    ["the council's member whose account that is", person("school-steward"), undefined],
    ["who holds the account as a role", person("cyd", "account:steward"), undefined],
    ["the second person is not the first", person("owner"), "not-yours"],
    ["the owner of the domain, where the role names somebody", person("team-owner"), "not-yours"],
    ["anybody else", person("bea"), "not-yours"],
    ["a role of that name", person("bea", "steward"), "not-yours"],
    ["the account in other letters", person("School-STEWARD"), undefined],
    ["a letter that only looks like one of the account", person("school-ſteward"), "not-yours"],
    ["a name with the account's as its address", person("students-Eve <steward>"), "not-yours"],
    ["a name that begins like an account's and has an address", person("steward <eve@example.org>"), "not-yours"],
    ["an account that is named so", person("eve", "account:Eve <steward>"), "not-yours"],
    ["a machine with the account", { ...person("service:x", "account:steward"), kind: "service" }, "not-yours"],
    ["a machine of that name", { ...person("steward"), kind: "service" }, "not-yours"],
    ["who asked", person("ada", "account:steward"), "own"],
  ])("%s", (_, actor, code) => {
    if (code === undefined) expect(approve(narrow(), actor).agreement.status).toBe("granted");
    else expect(() => approve(narrow(), actor)).toThrow(expect.objectContaining({ code: `access/agreement-${code}` }));
  });

  test.each<[string, Agreement, Actor]>([
    ["who it is for", { ...narrow(), consumer: "steward", requestedBy: "ada" }, person("steward")],
    ["who it is for, by another name", { ...narrow(), consumer: "steward" }, person("school-steward")],
    ["who asked for somebody else", { ...narrow(), requestedBy: "steward", consumer: "bea" }, person("steward")],
    [
      "the account that who asked could act for",
      { ...narrow(), requestedBy: "cyd", requestedAs: ["cyd", "steward"], consumer: "bea" },
      person("school-steward"),
    ],
    [
      "who acts for an account that who asked could act for",
      { ...narrow(), requestedBy: "cyd", requestedAs: ["cyd", "owner"], consumer: "bea" },
      person("dee", "account:steward", "account:school-owner"),
    ],
    ["who acts for the account that it is for", { ...narrow(), consumer: "owner" }, person("steward", "account:owner")],
    ["whose account's holders it is for", { ...narrow(), consumer: "role:account:steward" }, person("school-steward")],
    ["who asked in capitals", { ...narrow(), requestedBy: "STEWARD", consumer: "bea" }, person("steward")],
    ["who asked in wide letters", { ...narrow(), requestedBy: "\uff33teward", consumer: "bea" }, person("steward")],
    ["who asked with a letter like another", { ...narrow(), requestedBy: "\u017fteward" }, person("school-steward")],
    ["who asked with a blank behind the name", { ...narrow(), requestedBy: "steward " }, person("school-steward")],
    ["who it is for, in capitals", { ...narrow(), consumer: "Steward" }, person("cyd", "account:steward")],
    [
      "whose machine asks, by its key",
      ask(
        { columns: ["person", "grade"], consumer: "service:robot" },
        { actor: { ...person("service:robot"), kind: "service" }, keyMakers: ["steward"] },
      ),
      person("school-steward"),
    ],
    [
      "whose machine it is for, whoever asks",
      ask({ columns: ["person", "grade"], consumer: "service:robot" }, { keyMakers: ["bea", "school-steward"] }),
      person("steward"),
    ],
    ["who holds the role that it is for", { ...narrow(), consumer: "role:tutor" }, person("steward", "tutor")],
  ])("nobody themselves: %s", (_, own, actor) => {
    expect(() => approve(own, actor)).toThrow(expect.objectContaining({ code: "access/agreement-own" }));
    const terms = rules.products[0];
    expect(terms && levelFor(own, actor, { terms, rules })).toBeUndefined();
  });

  test.each([["team-owner"], ["team-steward"]])("where the role names nobody, %s of the domain does", (name) => {
    const asked = ask({ product: "school/plain", role: "nameless" });
    expect(approve(asked, person(name)).agreement.status).toBe("granted");
    expect(() => approve(asked, person("steward"))).toThrow(/not for you/);
  });

  test.each<[string, Partial<Agreement>, number]>([
    ["granted", { status: "granted" }, now],
    ["rejected", { status: "rejected" }, now],
    ["revoked", { status: "revoked" }, now],
    ["over", {}, now + 365 * dayMs],
  ])("not what is %s", (_, changes, at) => {
    const closed = { ...narrow(), reassessAt: null, ...changes };
    expect(() => approve(closed, person("steward"), at)).toThrow(
      expect.objectContaining({ code: "access/agreement-closed" }),
    );
  });
});

describe("what was asked for and the contract or the council has taken back since", () => {
  const narrow = () => ask({ columns: ["person", "grade"] });
  const withModel = (changes: object): AgreementRules => ({
    ...rules,
    products: [{ model: { ...enrolments, ...changes }, ...answering }],
  });
  const without = (name: string) => enrolments.columns.filter((column) => column.name !== name);

  test.each<[string, AgreementRules, string]>([
    ["its role", withModel({ roles: [role("other", { firstLevelApprovers: ["team-steward"] })] }), "not-yours"],
    ["its role, of one who answers for the domain", withModel({ roles: [] }), "role-unknown"],
    ["a column", withModel({ columns: without("grade") }), "column-unknown"],
    ["its purpose", { ...rules, purposes: purposes.filter(({ id }) => id !== "research") }, "purpose-unknown"],
    ["its major version", withModel({ major: 2, version: "2.0.0" }), "product-unknown"],
    ["its product", { ...rules, products: [] }, "product-unknown"],
  ])("is not granted, and not kept: %s", (_, then, code) => {
    const actor = code === "role-unknown" ? person("team-steward") : person("steward");
    const refusal = expect.objectContaining({ code: `access/agreement-${code}` });
    expect(() => approveAgreement(narrow(), actor, { rules: then, now })).toThrow(refusal);
    const due = { ...narrow(), status: "granted", reassessAt: now } as const;
    expect(() => approveAgreement(due, actor, { rules: then, now })).toThrow(refusal);
  });

  test("takes two people as soon as a column of it is restricted, also when one has approved", () => {
    const columns = enrolments.columns.map((one) =>
      one.name === "grade" ? { ...one, classification: "restricted" as const } : one,
    );
    const then = withModel({ columns });
    const once = approveAgreement(narrow(), person("steward"), { rules: then, now });
    expect(once.action).toBe("approved");
    expect(approveAgreement(once.agreement, person("owner"), { rules: then, now }).action).toBe("granted");
  });
});

test("a clock that went back grants nothing that is over, and begins nothing early", () => {
  const granted = approve(ask({ columns: ["person"] }), person("steward")).agreement;
  expect(stateOfAgreement(granted, now - 1)).toBe("to come");
  expect(stateOfAgreement({ ...granted, status: "revoked" }, now - dayMs)).toBe("revoked");
  expect(() => approve(granted, person("steward"), now - dayMs)).toThrow(/cannot be changed/);
});

describe("what is due", () => {
  const granted = (): Agreement => approve(ask({ columns: ["person"] }), person("steward")).agreement;
  const due = now + 90 * dayMs;

  test("is so from its day on, until somebody who answers for it has looked at it again", () => {
    expect(stateOfAgreement(granted(), due - 1)).toBe("in force");
    expect(stateOfAgreement(granted(), due)).toBe("due");
    for (const name of ["steward", "owner", "team-owner"]) {
      const { action, agreement: kept } = approve(granted(), person(name), due);
      expect([action, kept.reassessAt, stateOfAgreement(kept, due)]).toEqual([
        "reassessed",
        due + 90 * dayMs,
        "in force",
      ]);
    }
    expect(approve({ ...granted(), until: due + dayMs }, person("steward"), due).agreement.reassessAt).toBeNull();
  });

  test.each<[Actor, string]>([
    [person("ada", "account:steward"), "own"],
    [person("bea"), "not-yours"],
  ])("is not kept by %o", (actor, code) => {
    expect(() => approve(granted(), actor, due)).toThrow(expect.objectContaining({ code: `access/agreement-${code}` }));
  });
});

const ending = { reason: "No", rules, now };

describe("ends", () => {
  test.each<[string, "reject" | "revoke", Agreement["status"], Actor, string | undefined]>([
    ["the first person says no", "reject", "requested", person("steward"), undefined],
    ["the second person says no", "reject", "requested", person("owner"), undefined],
    ["the domain's owner says no", "reject", "requested", person("team-owner"), undefined],
    ["anybody else says no", "reject", "requested", person("bea"), "not-yours"],
    ["the consumer says no", "reject", "requested", person("ada"), "not-yours"],
    ["no is said too late", "reject", "granted", person("steward"), "closed"],
    ["the steward ends it", "revoke", "granted", person("team-steward"), undefined],
    ["who granted it ends it", "revoke", "granted", person("school-steward"), undefined],
    ["the consumer gives it back", "revoke", "granted", person("ada"), undefined],
    ["the consumer takes back what it asked for", "revoke", "requested", person("ada"), undefined],
    ["anybody else ends it", "revoke", "granted", person("bea"), "not-yours"],
    ["a role of the same name ends it", "revoke", "granted", person("bea", "ada"), "not-yours"],
    ["what has ended is ended", "revoke", "revoked", person("steward"), "closed"],
    ["what was rejected is ended", "revoke", "rejected", person("steward"), "closed"],
  ])("%s", (_, how, status, actor, code) => {
    const end = how === "reject" ? rejectAgreement : revokeAgreement;
    const one = agreement({ status });
    if (code !== undefined) {
      expect(() => end(one, actor, ending)).toThrow(expect.objectContaining({ code: `access/agreement-${code}` }));
      return;
    }
    const ended = { by: actor.name, at: now, reason: "No" };
    expect(end(one, actor, ending)).toEqual({ ...one, status: how === "reject" ? "rejected" : "revoked", ended });
  });

  test("never without a reason", () => {
    expect(() => revokeAgreement(agreement(), ada, { ...ending, reason: " " })).toThrow(/reason/);
  });

  test("what is of a product that is not served any more can still be given back", () => {
    const gone = agreement({ product: "school/gone" });
    expect(revokeAgreement(gone, ada, ending).status).toBe("revoked");
    expect(() => revokeAgreement(gone, person("steward"), ending)).toThrow(/not for you/);
  });
});

test.each<[Partial<Agreement>, number, string]>([
  [{ status: "requested" }, now, "requested"],
  [{ status: "requested" }, now + 1000, "over"],
  [{ from: now + 1 }, now, "to come"],
  [{}, now, "in force"],
  [{ reassessAt: now }, now, "due"],
  [{}, now + 1000, "over"],
  [{ status: "rejected" }, now + 1000, "rejected"],
  [{ status: "revoked" }, now, "revoked"],
])("%o is at %d %s", (changes, at, state) => {
  expect(stateOfAgreement(agreement(changes), at)).toBe(state);
});
