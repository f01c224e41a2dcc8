import type { RoleModel } from "@thoth/contract/access-terms";
import { withOtherMajors } from "@thoth/contract/other-majors";
import type { Classification, ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { describe, expect, test } from "vitest";
import type { Agreement } from "./agreement.ts";
import { decide } from "./decide.ts";
import { anonymous, type Principal } from "./decision.ts";
import { ada, agreement, enrolments, now, purposes, role } from "./fixtures/enrolments.ts";

function product(columns: Record<string, Classification>, key: readonly string[] = Object.keys(columns).slice(0, 1)) {
  return {
    id: "demo/units",
    key,
    roles: [],
    consent: { columns: {} },
    columns: Object.entries(columns).map(([name, classification]) => ({ name, classification }) as ColumnModel),
  } as unknown as ProductModel;
}

const steward: Principal = { name: "grace", kind: "person", roles: ["steward"], attributes: {} };
const machine: Principal = { name: "robot", kind: "service", roles: [], attributes: {} };

describe("without an agreement", () => {
  test.each([
    ["public", "clear", "clear"],
    ["internal", "denied", "clear"],
    ["confidential", "denied", "denied"],
    ["restricted", "denied", "denied"],
  ] as const)("a %s column is %s for nobody in particular and %s for somebody", (classification, nobody, somebody) => {
    const asked = product({ code: "public", value: classification });
    expect(decide(anonymous, asked)).toMatchObject({ readable: true, columns: { code: "clear", value: nobody } });
    for (const principal of [steward, machine])
      expect(decide(principal, asked, "teaching")).toMatchObject({ readable: true, columns: { value: somebody } });
  });

  test.each([
    [{ code: "confidential", value: "public" }, ["code"]],
    [{ code: "public", period: "restricted", value: "public" }, ["code", "period"]],
  ] as [Record<string, Classification>, string[]][])(
    "nothing of a product is read whose key is denied: %o",
    (columns, key) => {
      const decision = decide(steward, product(columns, key));
      expect(decision.readable).toBe(false);
      expect(new Set(Object.values(decision.columns))).toEqual(new Set(["denied"]));
      expect(Object.keys(decision.columns)).toEqual(Object.keys(columns));
    },
  );

  test("a key column that the contract does not describe denies the product", () => {
    expect(decide(steward, product({ code: "public" }, ["code", "ghost"])).readable).toBe(false);
  });

  test("equal decisions have equal fingerprints, whoever asks and however columns are ordered; others differ", () => {
    const print = (columns: Record<string, Classification>) => decide(machine, product(columns, ["code"])).fingerprint;
    const base = print({ code: "public", value: "internal" });
    expect(print({ value: "public", code: "internal" })).toBe(base);
    expect(decide(steward, product({ code: "public", value: "internal" }), "research").fingerprint).toBe(base);
    const others = [
      print({ code: "public", value: "restricted" }),
      print({ code: "restricted", value: "internal" }),
      print({ code: "public", value: "internal", more: "internal" }),
    ];
    expect(new Set([base, ...others]).size).toBe(4);
  });

  test.each<[string, Principal["limits"], string | undefined, boolean]>([
    ["another product", { products: ["school/units"] }, undefined, false],
    ["this product", { products: ["demo/units"] }, undefined, true],
    ["another purpose", { purposes: ["research"] }, "teaching", false],
    ["this purpose", { purposes: ["research"] }, "research", true],
  ])("a credential limited to %s", (_what, limits, purpose, readable) => {
    const principal = { ...steward, limits: limits ?? {} };
    expect(decide(principal, product({ code: "public" }), purpose).readable).toBe(readable);
  });
});

const ask = (changes: Partial<Agreement>, more: { principal?: Principal; purpose?: string; at?: number } = {}) =>
  decide(more.principal ?? ada, enrolments, more.purpose, {
    agreements: [agreement(changes)],
    purposes,
    now: more.at ?? now,
  });

describe("an agreement", () => {
  test("shows what its role shows, in the way the role shows it", () => {
    const decision = ask({});
    expect(decision).toMatchObject({
      readable: true,
      columns: { person: "masked", unit: "clear", grade: "clear", score: "clear", email: "denied", ended_on: "clear" },
      masks: { person: { kind: "hash" } },
      rowFilter: null,
      minGroupSize: 1,
      grouping: null,
      purpose: "research",
      agreement: "agr-1",
      expiresAt: now + 1_000,
    });
    expect(decision.reasons.join("; ")).toContain("agreement agr-1: ada as researcher for research");
  });

  test.each<[string, Partial<Agreement>, { principal?: Principal; purpose?: string; at?: number }]>([
    ["is asked for", { status: "requested" }, {}],
    ["was rejected", { status: "rejected" }, {}],
    ["was revoked", { status: "revoked" }, {}],
    ["has not begun", { from: now + 1 }, {}],
    ["has ended this instant", { until: now }, {}],
    ["is somebody else's", { consumer: "alan" }, {}],
    ["is a role's that the principal does not hold", { consumer: "role:tutor" }, {}],
    ["is for another product", { product: "school/units" }, {}],
    ["is for another major version", { major: 2 }, {}],
    ["is for another purpose than the one that is said", {}, { purpose: "study" }],
    ["is for a purpose that is in no list", { purpose: "fun" }, {}],
    ["is for a role that the contract does not offer", { role: "king" }, {}],
    ["is for a purpose that needs another basis", { purpose: "teaching" }, {}],
    ["is for a purpose that needs no people", { purpose: "better-service" }, {}],
    ["is for a purpose that nobody was asked about", { purpose: "marketing" }, {}],
    ["is not for who gives no credential", { consumer: "anonymous" }, { principal: anonymous }],
    ["is beyond the purposes of the credential", {}, { principal: { ...ada, limits: { purposes: ["study"] } } }],
    ["is beyond the products of the credential", {}, { principal: { ...ada, limits: { products: [] } } }],
  ])("counts for nothing when it %s", (_when, changes, more) => {
    const decision = ask(changes, more);
    expect(decision).toMatchObject({ readable: false, agreement: null });
    expect(decision.reasons.join("")).not.toBe("");
  });

  test.each([
    ["the name", "ada"],
    ["a role", "role:staff"],
  ])("is found by %s of the principal", (_by, consumer) => {
    expect(ask({ consumer }).agreement).toBe("agr-1");
  });

  test("grants the columns it names, and open ones besides", () => {
    const { columns } = ask({ columns: ["person", "score"] });
    expect(columns).toMatchObject({
      person: "masked",
      score: "clear",
      grade: "denied",
      unit: "clear",
      ended_on: "clear",
    });
  });

  test("without the key grants nothing", () => {
    expect(ask({ columns: ["score"] })).toMatchObject({ readable: false });
  });

  test.each([
    ["one person", [{ by: "steward", level: 1, at: 1 }], "denied"],
    [
      "the same person twice",
      [
        { by: "steward", level: 1, at: 1 },
        { by: "steward", level: 2, at: 2 },
      ],
      "denied",
    ],
    [
      "the same person in other letters",
      [
        { by: "Steward", level: 1, at: 1 },
        { by: "\uff53teward ", level: 2, at: 2 },
      ],
      "denied",
    ],
    ["the second alone", [{ by: "owner", level: 2, at: 1 }], "denied"],
    [
      "two people",
      [
        { by: "steward", level: 1, at: 1 },
        { by: "owner", level: 2, at: 2 },
      ],
      "masked",
    ],
  ] as [string, Agreement["approvals"], string][])(
    "shows restricted columns when %s granted it: %s",
    (_who, approvals, access) => {
      expect(ask({ approvals }).columns.email).toBe(access);
    },
  );

  test("rows are not picked by a restricted column that one person granted", () => {
    const rows = { email: ["ada@school.test"] };
    const once = ask({ columns: ["person", "score"], rows, approvals: [{ by: "steward", level: 1, at: 1 }] });
    expect(once).toMatchObject({ agreement: null, columns: { score: "denied" } });
    expect(once.reasons.join()).toContain("picks rows by email");
  });

  test.each<[string, Partial<Agreement>, Principal, string | null]>([
    ["the units of the principal", { role: "tutor" }, ada, `("unit" IN ('A', 'B'))`],
    ["no unit", { role: "tutor" }, { ...ada, attributes: {} }, "(FALSE)"],
    [
      "an attribute of the prototype",
      { role: "tutor" },
      { ...ada, attributes: Object.create({ units: "A" }) },
      "(FALSE)",
    ],
    [
      "what ended, no longer than two years ago",
      { role: "auditor" },
      ada,
      `("ended_on" < DATE '2026-06-15') AND ("ended_on" >= DATE '2024-06-15')`,
    ],
    ["a list with a quote in it", { role: "campus" }, ada, `("unit" IN ('A', 'it''s'))`],
    ["what the agreement leaves", { rows: { unit: ["B"] } }, ada, `("unit" IN ('B'))`],
    ["dates as texts", { rows: { ended_on: ["2026-01-01"] } }, ada, `(CAST("ended_on" AS VARCHAR) IN ('2026-01-01'))`],
    [
      "role and agreement",
      { role: "tutor", rows: { unit: ["B"] } },
      ada,
      `("unit" IN ('A', 'B')) AND ("unit" IN ('B'))`,
    ],
    ["people who agreed", { purpose: "study" }, ada, `("agreed" IS TRUE)`],
    ["a column that does not exist any more", { rows: { gone: ["B"] } }, ada, "(FALSE)"],
  ])("filters rows: %s", (_what, changes, principal, sql) => {
    expect(ask(changes, { principal }).rowFilter).toBe(sql);
  });

  test("for aggregates shows dimensions and sums, and nobody", () => {
    const decision = ask({ role: "analyst" });
    expect(decision).toMatchObject({
      readable: true,
      minGroupSize: 5,
      grouping: { subject: "person", dimensions: ["unit", "grade"], types: { unit: "VARCHAR", grade: "VARCHAR" } },
      columns: {
        person: "denied",
        unit: "clear",
        grade: "clear",
        score: "aggregated",
        email: "denied",
        ended_on: "denied",
        agreed: "denied",
      },
    });
  });

  test("for aggregates over nothing that is granted shows nothing", () => {
    const roles = enrolments.roles.map((one) => ({ ...one, groupBy: ["grade"] }));
    const facts = { agreements: [agreement({ role: "analyst", columns: ["score"] })], purposes, now };
    expect(decide(ada, { ...enrolments, roles }, undefined, facts)).toMatchObject({ readable: false });
  });
});

describe("several agreements", () => {
  const among = (agreements: readonly Agreement[], purpose?: string) =>
    decide(ada, enrolments, purpose, { agreements, purposes, now });

  test("for several purposes ask which is meant", () => {
    const both = [agreement(), agreement({ id: "agr-2", purpose: "study" })];
    expect(among(both)).toMatchObject({ readable: false });
    expect(among(both).reasons[0]).toContain("say which of research, study");
    expect(among(both, "study").agreement).toBe("agr-2");
    expect(
      decide({ ...ada, limits: { purposes: ["study"] } }, enrolments, undefined, { agreements: both, purposes, now })
        .agreement,
    ).toBe("agr-2");
  });

  test.each<[string, Partial<Agreement>, Partial<Agreement>]>([
    ["rows before groups", {}, { role: "analyst", until: now + 9_000 }],
    ["all columns before some", {}, { columns: ["person", "unit", "score"], until: now + 9_000 }],
    ["the longer one", { until: now + 9_000 }, {}],
    ["and then the first by id", {}, {}],
  ])("the widest counts: %s", (_what, wide, narrow) => {
    const [first, second] = [agreement({ id: "agr-1", ...wide }), agreement({ id: "agr-2", ...narrow })];
    expect(among([first, second]).agreement).toBe("agr-1");
    expect(among([second, first]).agreement).toBe("agr-1");
  });
});

describe("groups of people under several agreements", () => {
  const groups = (changes: Partial<Agreement>) => agreement({ role: "analyst", ...changes });
  const among = (agreements: readonly Agreement[], purpose?: string) =>
    decide(ada, enrolments, purpose, { agreements, purposes, now });

  test.each<[string, Partial<Agreement>]>([
    ["whose purposes people answered differently", { purpose: "study" }],
    ["one of which leaves rows out", { rows: { unit: ["A"] } }],
  ])("two of them, %s, show nothing: their difference would show single people", (_how, changes) => {
    const both = [groups({}), groups({ id: "agr-2", ...changes })];
    for (const purpose of ["research", "study"]) expect(among(both, purpose)).toMatchObject({ readable: false });
    expect(among(both, "research").reasons[0]).toContain("one of them has to end");
    expect(among([groups({}), groups({ id: "agr-2", ...changes, until: now })], "research").readable).toBe(true);
  });

  test("the cells are those of the role, whichever columns are granted", () => {
    const some = among([groups({ columns: ["person", "score"] })]);
    expect(some.grouping?.dimensions).toEqual(["unit", "grade"]);
    expect(some.columns).toMatchObject({ unit: "clear", grade: "denied", score: "aggregated" });
    expect(some.reasons.at(-1)).toContain("groups by unit of at least 5");
    expect(among([groups({}), groups({ id: "agr-2", columns: ["person", "score"] })])).toMatchObject({
      readable: true,
    });
  });
});

describe("rows that are left out of groups", () => {
  const under = (terms: Partial<RoleModel>, changes: Partial<Agreement> = {}) => {
    const analyst = role("analyst", { minGroupSize: 5, groupBy: ["unit", "ended_on"], ...terms });
    const facts = { agreements: [agreement({ role: "analyst", ...changes })], purposes, now };
    return decide(ada, { ...enrolments, roles: [analyst] }, undefined, facts);
  };
  const units = { kind: "attribute", column: "unit", attribute: "units" } as const;
  const years = { kind: "before", column: "ended_on", span: { years: 2, days: 0 } } as const;
  const grades = { kind: "in", column: "grade", values: ["HD"] } as const;

  test.each<[string, Partial<RoleModel>, Partial<Agreement>]>([
    ["an attribute", { rows: [units] }, {}],
    ["the day", { rows: [years] }, {}],
    ["the agreement", {}, { rows: { unit: ["A"] } }],
    ["an attribute, where the groups are shown as hashes", { rows: [units], masks: { unit: { kind: "hash" } } }, {}],
  ])("are left out by %s in whole groups", (_by, terms, changes) => {
    expect(under(terms, changes)).toMatchObject({ readable: true, minGroupSize: 5, rowFilter: expect.any(String) });
  });

  test.each<[string, Partial<RoleModel>, Partial<Agreement>, string]>([
    ["an attribute", { rows: [units], groupBy: ["grade"] }, {}, "unit"],
    ["the day", { rows: [years], groupBy: ["unit"] }, {}, "ended_on"],
    ["a list in the contract", { rows: [units, grades] }, {}, "grade"],
    ["the agreement", {}, { rows: { grade: ["HD"] } }, "grade"],
    ["a column that there is not", {}, { rows: { gone: ["B"] } }, "gone"],
    ["days of a month", { rows: [years], masks: { ended_on: { kind: "bucket", every: "month" } } }, {}, "ended_on"],
    ["what groups show the beginning of", { rows: [units], masks: { unit: { kind: "partial", keep: 1 } } }, {}, "unit"],
    ["what groups do not show", { masks: { unit: { kind: "null" } } }, { rows: { unit: ["A"] } }, "unit"],
  ])("by %s within a group let nothing be read, and it is said why", (_by, terms, changes, column) => {
    const decision = under(terms, changes);
    expect(decision).toMatchObject({ readable: false, agreement: null });
    expect(decision.reasons.at(-1)).toContain(`rows are picked by ${column}, which cuts these groups`);
  });

  test("are left out by anything where rows may be read", () => {
    expect(under({ minGroupSize: 1, groupBy: [], rows: [units, grades] }).readable).toBe(true);
  });
});

describe("groups of people in several major versions", () => {
  const analyst = (groupBy: readonly string[], rest: Partial<RoleModel> = {}) =>
    role("analyst", { minGroupSize: 5, groupBy, ...rest });
  const researcher = enrolments.roles.filter(({ name }) => name === "researcher");
  const tutor = enrolments.roles.filter(({ name }) => name === "tutor");
  const majors = (...roles: readonly (readonly RoleModel[])[]) =>
    withOtherMajors(roles.map((list, index) => ({ ...enrolments, major: index + 1, roles: list })));
  const groups = (major: number, changes: Partial<Agreement> = {}) =>
    agreement({ id: `agr-${major}`, major, role: "analyst", ...changes });

  test.each<[string, readonly (readonly RoleModel[])[], Partial<Agreement>, boolean]>([
    ["by other columns", [[analyst(["unit"])], [analyst(["grade"])]], {}, false],
    ["of other rows", [[analyst(["unit"])], [analyst(["unit"])]], { rows: { unit: ["A"] } }, false],
    ["for which people were asked separately", [[analyst(["unit"])], [analyst(["unit"])]], { purpose: "study" }, false],
    [
      "of masked columns",
      [[analyst(["unit"])], [analyst(["unit"], { masks: { unit: { kind: "partial", keep: 1 } } })]],
      {},
      false,
    ],
    ["by other columns, for a role", [[analyst(["unit"])], [analyst(["grade"])]], { consumer: "role:staff" }, false],
    ["made alike", [[analyst(["unit", "grade"])], [analyst(["grade", "unit"])]], {}, true],
    [
      "by other columns, which somebody else has",
      [[analyst(["unit"])], [analyst(["grade"])]],
      { consumer: "bea" },
      true,
    ],
    ["by other columns, which end now", [[analyst(["unit"])], [analyst(["grade"])]], { until: now }, true],
    ["of a role that there is no more", [[analyst(["unit"])], []], {}, true],
    ["and all rows", [[analyst(["unit"])], researcher], { role: "researcher" }, true],
    ["and the rows of whole groups", [[analyst(["unit"])], tutor], { role: "tutor" }, true],
    ["and the rows of some people in them", [[analyst(["grade"])], tutor], { role: "tutor" }, false],
    [
      "and the rows of people who agreed to something else",
      [[analyst(["grade"])], researcher],
      { role: "researcher", purpose: "study" },
      false,
    ],
  ])("%s", (_how, roles, changes, readable) => {
    const [first] = majors(...roles);
    const agreements = [groups(1), groups(2, changes)];
    const decision = decide(ada, first as ProductModel, "research", { agreements, purposes, now });
    expect(decision.readable).toBe(readable);
    if (!readable) expect(decision.reasons[0]).toContain("agreements agr-1 and agr-2");
  });

  test("are refused in both of them, and where it is not known what the other one shows", () => {
    const both = majors([analyst(["unit"])], [analyst(["grade"])]);
    const [first] = both as [ProductModel];
    const { otherMajors: _, ...alone } = first;
    const agreements = [groups(1), groups(2)];
    for (const product of [...both, alone])
      expect(decide(ada, product, "research", { agreements, purposes, now }).readable).toBe(false);
    // One that nobody serves shows nothing.
    expect(decide(ada, { ...alone, otherMajors: [] }, "research", { agreements, purposes, now }).readable).toBe(true);
  });
});

describe("a purpose that there is not", () => {
  const open = product({ code: "public", value: "internal" });
  const facts = { agreements: [], purposes, now };

  test.each<[string, Principal]>([
    ["nobody in particular", anonymous],
    ["a person", steward],
    ["a machine", machine],
  ])("is refused by its name to %s, also of what is open", (_, principal) => {
    const decision = decide(principal, open, "reserch", facts);
    expect(decision).toMatchObject({ readable: false, columns: { code: "denied", value: "denied" } });
    expect(decision.reasons).toEqual([
      '"reserch" is no purpose that data may be used for; did you mean research? there are research, study, teaching, better-service, marketing',
    ]);
    expect(decision.advice).toContain("Say one of these");
    expect(decide(principal, open, "research", facts).readable).toBe(true);
  });

  test("is told in one line, however it is written", () => {
    const [words = ""] = decide(steward, open, `a\n\u001b[2J"${"x".repeat(9_000)}`, facts).reasons;
    expect(words).toMatch(/^"a\\n\\u001b\[2J\\"x{10,60}" is no purpose/);
  });

  test("is nobody's to tell where no list of purposes is", () => {
    expect(decide(steward, open, "reserch").readable).toBe(true);
  });
});

test("an empty purpose is none", () => {
  expect(ask({}, { purpose: "" })).toEqual(ask({}));
});

test("hashes differ between consumers and purposes, and not between agreements", () => {
  const salt = (changes: Partial<Agreement>, principal = ada) => ask(changes, { principal }).salt;
  expect(salt({ id: "agr-9", until: now + 7 })).toBe(salt({}));
  const salts = [salt({}), salt({ purpose: "study" }), salt({ consumer: "role:staff" })];
  expect(new Set(salts).size).toBe(3);
});
