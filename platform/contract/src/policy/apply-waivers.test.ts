import { expect, test } from "vitest";
import { applyWaivers } from "./apply-waivers.ts";
import type { PolicyFinding } from "./judge-contract.ts";
import type { WrittenWaiver } from "./waiver.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

const found = (policy: string, product: string, column?: string): PolicyFinding => ({
  policy,
  product,
  column,
  finding: {
    rule: `policy/${policy}`,
    severity: "error",
    file: `${product}.yaml`,
    line: 3,
    column: 5,
    path: "",
    message: "It is wrong",
    hint: "Correct it.",
  },
});

const waiver = (words: Partial<WrittenWaiver> = {}): WrittenWaiver => ({
  policy: "seats",
  product: "school/courses",
  owner: "ada",
  reason: "The hall is being rebuilt.",
  expires: "2026-06-30",
  file: "contracts/waivers/hall.yaml",
  locate: (key) => ({
    line: ["policy", "product", "column", "owner", "reason", "expires"].indexOf(key) + 1,
    column: 1,
  }),
  ...words,
});

const world = {
  now,
  policies: [{ id: "seats" }, { id: "doors", waivable: true }, { id: "law", waivable: false }],
  broken: ["broken"],
  products: ["school/courses", "school/rooms"],
  unread: ["school/rooms"],
};

const applied = (waivers: readonly WrittenWaiver[], findings: readonly PolicyFinding[]) =>
  applyWaivers(findings, waivers, world).map(
    ({ rule, severity, file, line, message }) => `${severity} ${rule} ${file}:${line} ${message}`,
  );

test("without waivers nothing changes", () => {
  const one = found("seats", "school/courses");
  expect(applyWaivers([one], [], world)).toEqual([one.finding]);
});

test("a waiver turns what it covers into a remark that names it", () => {
  const findings = [found("seats", "school/courses"), found("seats", "school/rooms"), found("doors", "school/courses")];
  expect(applied([waiver()], findings)).toEqual([
    "info policy/seats school/courses.yaml:3 It is wrong (waived until 2026-06-30 by ada: The hall is being rebuilt.)",
    "error policy/seats school/rooms.yaml:3 It is wrong",
    "error policy/doors school/courses.yaml:3 It is wrong",
  ]);
});

test("a waiver for a column covers no other", () => {
  const findings = [
    found("seats", "school/courses", "a"),
    found("seats", "school/courses", "b"),
    found("seats", "school/courses"),
  ];
  const severities = applyWaivers(findings, [waiver({ column: "a" })], world).map(({ severity }) => severity);
  expect(severities).toEqual(["info", "error", "error"]);
});

test.each<[what: string, words: Partial<WrittenWaiver>, remark: string, waives: boolean]>([
  [
    "expired",
    { expires: "2026-02-28" },
    "error waiver-expired contracts/waivers/hall.yaml:6 The waiver ended on 2026-02-28",
    false,
  ],
  [
    "on its last day",
    { expires: "2026-03-01" },
    "warning waiver-expires-soon contracts/waivers/hall.yaml:6 The waiver ends today, on 2026-03-01",
    true,
  ],
  [
    "with 30 days left",
    { expires: "2026-03-30" },
    "warning waiver-expires-soon contracts/waivers/hall.yaml:6 The waiver ends in 29 days, on 2026-03-30",
    true,
  ],
  [
    "beyond a year",
    { expires: "2027-03-03" },
    "error waiver-too-long contracts/waivers/hall.yaml:6 The waiver holds until 2027-03-03, more than a year from now",
    false,
  ],
  [
    "of no policy",
    { policy: "seat" },
    'error waiver-policy contracts/waivers/hall.yaml:1 There is no policy "seat"',
    false,
  ],
  [
    "of no product",
    { product: "school/course" },
    'error waiver-product contracts/waivers/hall.yaml:2 There is no product "school/course"',
    false,
  ],
  [
    "of the law",
    { policy: "law" },
    "error waiver-forbidden contracts/waivers/hall.yaml:1 Nobody can be let off law",
    false,
  ],
  [
    "of nothing found",
    { column: "a" },
    "warning waiver-unused contracts/waivers/hall.yaml:1 seats finds nothing in column a of school/courses",
    false,
  ],
])("a waiver %s is told", (_what, words, remark, waives) => {
  const findings = [found("seats", "school/courses")];
  const lines = applied([waiver(words)], findings);
  expect(lines.slice(1)).toEqual([remark]);
  expect(lines[0]?.startsWith(waives ? "info" : "error")).toBe(true);
});

test("31 days before its end a waiver is quiet", () => {
  expect(applied([waiver({ expires: "2026-03-31" })], [found("seats", "school/courses")])).toHaveLength(1);
});

test("a name that is nearly right gets a suggestion", () => {
  const hints = applyWaivers([], [waiver({ policy: "seat" }), waiver({ policy: "nothing-like-it" })], world).map(
    ({ hint }) => hint,
  );
  expect(hints).toEqual(['Did you mean "seats"?', "Correct the name, or delete the waiver."]);
});

test.each([
  ["whose policy cannot be read", { policy: "broken" }],
  ["whose contract cannot be read", { product: "school/rooms" }],
])("a waiver %s is not called useless", (_what, words) => {
  expect(applied([waiver(words)], [])).toEqual([]);
});
