import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { DataContract } from "../generated/odcs.ts";
import { readContract } from "../parse-contract.ts";
import { diffContracts } from "./diff-contracts.ts";
import type { DiffOptions, Profile } from "./diff-rule.ts";
import { ruleSummaries } from "./rule-table.ts";

const text = readFileSync(new URL("../../fixtures/catalogue.odcs.yaml", import.meta.url), "utf8");
const base = readContract(text, "catalogue.odcs.yaml").contract;

/** What the table says of one change: its row and outcome, how it counts for readers and for writers. */
interface Case {
  readonly row: number;
  readonly outcome: string;
  readonly rule: string;
  readonly reader: string;
  readonly writer: string;
  readonly path: string;
  /** Makes the contract before and after from two copies of the fixture. */
  readonly edit: (after: Draft, before: Draft) => void;
  readonly options?: DiffOptions;
}

// biome-ignore lint/suspicious/noExplicitAny: edits reach anywhere into a contract
type Draft = any;

const at = "/schema[name=course]/properties";
const column = (draft: Draft, name: string) => draft.schema[0].properties.find((one: Draft) => one.name === name);
const without = (list: Draft[], key: string, value: unknown) => list.filter((one) => one[key] !== value);

/** `row outcome rule reader writer path`; `D` is dangerous. */
function row(line: string, edit: Case["edit"], options?: DiffOptions): Case {
  const [number = "", outcome = "", rule = "", reader = "", writer = "", path = ""] = line
    .split("|")
    .map((part) => part.trim());
  return { row: Number(number), outcome, rule, reader, writer, path, edit, ...(options && { options }) };
}

const now = Date.parse("2026-01-01");
const level = `${at}[name=level]`;
const seats = `${at}[name=seats]`;
const fee = `${at}[name=fee]`;
const starts = `${at}[name=starts_at]`;
const topics = `${at}[name=topics]`;
const sla = (word: string) => `/slaProperties[property=${word}]`;
const promise = (draft: Draft, word: string) => draft.slaProperties.find((one: Draft) => one.property === word);
const grave = { id: "old", name: "old", logicalType: "string" };
const oldColumn = { id: "old", name: "old", logicalType: "integer" };

const cases: readonly Case[] = [
  row("1 | removed | object-removed | MAJOR | MAJOR | /schema[name=room]", (b) => b.schema.pop()),
  row("2 | added | object-added | MINOR | MINOR | /schema[name=building]", (b) => b.schema.push({ name: "building" })),
  row(`3 | removed | property-removed | MAJOR | MAJOR | ${fee}`, (b) => {
    b.schema[0].properties = without(b.schema[0].properties, "name", "fee");
  }),
  row(`4 | optional | property-added | MINOR | MINOR | ${at}[name=hall]`, (b) =>
    b.schema[0].properties.push({ name: "hall", logicalType: "string" }),
  ),
  row(`4 | required | property-added | MINOR | MAJOR | ${at}[name=hall]`, (b) =>
    b.schema[0].properties.push({ name: "hall", logicalType: "string", required: true }),
  ),
  row(`5 | renamed | renamed | MAJOR | MAJOR | ${fee}/name`, (b) => (column(b, "fee").name = "price")),
  row(
    `6 | visible | physical-name-changed | MAJOR | MAJOR | ${fee}/physicalName`,
    (b) => (column(b, "fee").physicalName = "FEE_EUR"),
  ),
  row(`6 | hidden | physical-name-changed | PATCH | PATCH | ${fee}/physicalName`, (b, a) => {
    a.servers = b.servers = [{ server: "mesh", type: "api", location: "https://mesh.example" }];
    column(b, "fee").physicalName = "FEE_EUR";
  }),
  row(`7 | changed | logical-type-changed | MAJOR | MAJOR | ${level}/logicalType`, (b, a) => {
    delete column(a, "level").enum;
    delete column(b, "level").enum;
    column(b, "level").logicalType = "boolean";
  }),
  row(
    `7 | removed | logical-type-removed | MAJOR | MAJOR | ${at}[name=note]/logicalType`,
    (b) => delete column(b, "note").logicalType,
  ),
  row(
    `7 | stated | logical-type-stated | MINOR | MINOR | ${at}[name=note]/logicalType`,
    (_, a) => delete column(a, "note").logicalType,
  ),
  row(
    `8 | changed | int-format | MAJOR | MAJOR | ${seats}/logicalTypeOptions/format`,
    (b) => (column(b, "seats").logicalTypeOptions.format = "i64"),
  ),
  row(
    `9 | wider | physical-widened | D | D | ${fee}/physicalType`,
    (b) => (column(b, "fee").physicalType = "DECIMAL(12,2)"),
  ),
  row(
    `10 | narrower | physical-narrowed | MINOR | D | ${fee}/physicalType`,
    (b) => (column(b, "fee").physicalType = "DECIMAL(7,2)"),
  ),
  row(
    `10 | scale-lowered | physical-narrowed | MAJOR | MAJOR | ${fee}/physicalType`,
    (b) => (column(b, "fee").physicalType = "DECIMAL(8,1)"),
  ),
  row(
    `10 | other-kind | physical-kind-changed | MAJOR | MAJOR | ${fee}/physicalType`,
    (b) => (column(b, "fee").physicalType = "DOUBLE"),
  ),
  row(
    "10 | other-kind | physical-kind-changed | MAJOR | MAJOR | /schema[name=course]/physicalType",
    (b) => (b.schema[0].physicalType = "topic"),
  ),
  row(
    `11 | loosened | nullability-loosened | MAJOR | MINOR | ${fee}/required`,
    (b) => delete column(b, "fee").required,
  ),
  row(
    `12 | tightened | nullability-tightened | MINOR | MAJOR | ${seats}/required`,
    (b) => (column(b, "seats").required = true),
  ),
  row(
    `13 | dropped | unique-dropped | MAJOR | MINOR | ${at}[name=title]/unique`,
    (b) => (column(b, "title").unique = false),
  ),
  row(`14 | added | unique-added | MINOR | MAJOR | ${fee}/unique`, (b) => (column(b, "fee").unique = true)),
  row("15 | changed | key-changed | MAJOR | MAJOR | /schema[name=course]/primaryKey", (b, a) => {
    for (const draft of [a, b]) column(draft, "code").unique = true;
    Object.assign(column(b, "title"), { primaryKey: true });
  }),
  row(`16 | added | enum-value-added | D | MINOR | ${level}/enum`, (b) =>
    column(b, "level").enum.push({ value: "expert" }),
  ),
  row(
    `16 | strict | enum-value-added | MAJOR | MINOR | ${level}/enum`,
    (b) => column(b, "level").enum.push({ value: "expert" }),
    { enumAdditions: "MAJOR" },
  ),
  row(`17 | exposed | enum-value-removed | MAJOR | MAJOR | ${level}/enum`, (b) => column(b, "level").enum.pop()),
  row(`17 | hidden | enum-value-removed | MINOR | MAJOR | ${at}[name=note]/quality/validValues`, (b) =>
    column(b, "note").quality[0].arguments.validValues.pop(),
  ),
  row(
    `18 | introduced | enum-introduced | MAJOR | MAJOR | ${at}[name=title]/enum`,
    (b) => (column(b, "title").enum = [{ value: "Art" }]),
  ),
  row(
    `18 | introduced hidden | enum-introduced | MINOR | MAJOR | ${seats}/enum`,
    (b) => (column(b, "seats").enum = [{ value: 5 }]),
  ),
  row(`18 | dropped | enum-dropped | MAJOR | MAJOR | ${level}/enum`, (b) => delete column(b, "level").enum),
  row(
    `18 | dropped hidden | enum-dropped | D | MINOR | ${seats}/enum`,
    (_, a) => (column(a, "seats").enum = [{ value: 5 }]),
  ),
  row(
    `19 | loosened | bounds-loosened | D | MINOR | ${seats}/logicalTypeOptions/maximum`,
    (b) => (column(b, "seats").logicalTypeOptions.maximum = 900),
  ),
  row(
    `20 | tightened | bounds-tightened | MINOR | MAJOR | ${seats}/logicalTypeOptions/minimum`,
    (b) => (column(b, "seats").logicalTypeOptions.minimum = 1),
  ),
  row(
    `21 | changed | temporal-semantics | MAJOR | MAJOR | ${starts}/logicalTypeOptions/defaultTimezone`,
    (b) => (column(b, "starts_at").logicalTypeOptions = { defaultTimezone: "Australia/Melbourne" }),
  ),
  row(
    `22 | changed | array-object-shape | MAJOR | MAJOR | ${topics}/items/logicalType`,
    (b) => (column(b, "topics").items.logicalType = "integer"),
  ),
  row(
    `22 | changed | array-object-shape | MAJOR | MAJOR | ${at}[name=title]/logicalType`,
    (b) => (column(b, "title").logicalType = "array"),
  ),
  row(`22 | stated | array-object-shape | MINOR | MINOR | ${topics}/items`, (_, a) => delete column(a, "topics").items),
  row(
    `23 | lost | classification-raised | MAJOR | MAJOR | ${fee}/classification`,
    (b) => (column(b, "fee").classification = "restricted"),
    { losesAccess: () => true },
  ),
  row(
    `23 | kept | classification-raised | D | D | ${fee}/classification`,
    (b) => (column(b, "fee").classification = "restricted"),
  ),
  row(
    `24 | lowered | classification-lowered | D | D | ${fee}/classification`,
    (b) => (column(b, "fee").classification = "public"),
  ),
  row(
    `25 | changed | encrypted-name-changed | MAJOR | MAJOR | ${at}[name=note]/encryptedName`,
    (b) => (column(b, "note").encryptedName = "note_x"),
  ),
  row(
    `25 | stated | encrypted-name-changed | MINOR | MINOR | ${fee}/encryptedName`,
    (b) => (column(b, "fee").encryptedName = "fee_x"),
  ),
  row(
    `26 | dropped | cde-dropped | D | D | ${at}[name=code]/criticalDataElement`,
    (b) => delete column(b, "code").criticalDataElement,
  ),
  row(
    `26 | added | cde-added | MINOR | MINOR | ${fee}/criticalDataElement`,
    (b) => (column(b, "fee").criticalDataElement = true),
  ),
  row(
    `27 | removed | relationship-removed | MAJOR | MAJOR | ${at}[name=room_code]/relationships[to=room.code]`,
    (b) => delete column(b, "room_code").relationships,
  ),
  row(
    `27 | removed hidden | relationship-removed | D | D | ${topics}/items/relationships[to=course.code]`,
    (_, a) => (column(a, "topics").items.relationships = [{ to: "course.code" }]),
  ),
  row(
    `27 | retargeted | relationship-retargeted | MAJOR | MAJOR | ${at}[name=room_code]/relationships[to=room.code]`,
    (b) => (column(b, "room_code").relationships[0].to = "course.code"),
  ),
  row(
    `27 | retargeted hidden | relationship-retargeted | D | D | ${topics}/items/relationships[to=course.code]`,
    (b, a) => {
      column(a, "topics").items.relationships = [{ to: "course.code" }];
      column(b, "topics").items.relationships = [{ to: "room.code" }];
    },
  ),
  row(
    `27 | added | relationship-added | MINOR | MINOR | ${at}[name=title]/relationships[to=room.code]`,
    (b) => (column(b, "title").relationships = [{ to: "room.code" }]),
  ),
  row(
    "27 | removed | relationship-removed | MAJOR | MAJOR | /schema[name=course]/relationships[to=room.code]",
    (_, a) => (a.schema[0].relationships = [{ from: "course.title", to: "room.code" }]),
  ),
  row(
    "27 | added | relationship-added | MINOR | MINOR | /schema[name=course]/relationships[to=room.code]",
    (b) => (b.schema[0].relationships = [{ from: "course.title", to: "room.code" }]),
  ),
  row(`28 | files | partitioning-changed | D | D | ${fee}/partitioned`, (b, a) => {
    for (const draft of [a, b]) draft.servers.push({ server: "files", type: "local", path: "/", format: "csv" });
    column(b, "fee").partitioned = true;
  }),
  row(
    `28 | hidden | partitioning-changed | PATCH | PATCH | ${fee}/partitioned`,
    (b) => (column(b, "fee").partitioned = true),
  ),
  row(
    `29 | changed | semantics-changed | D | D | ${fee}/transformLogic`,
    (b) => (column(b, "fee").transformLogic = "sum(part) * 1.1"),
  ),
  row(
    `29 | changed | semantics-changed | D | D | ${fee}/customProperties[property=unit]`,
    (b) => (column(b, "fee").customProperties = [{ property: "unit", value: "dollars" }]),
  ),
  row(
    `29 | proven | semantics-changed | PATCH | PATCH | ${fee}/transformLogic`,
    (b) => (column(b, "fee").transformLogic = "sum(part)"),
    { sameData: true },
  ),
  row(`30 | set | deprecated-set | MINOR | MINOR | ${fee}/deprecated`, (b) => (column(b, "fee").deprecated = true)),
  row(
    `30 | unset | deprecated-unset | PATCH | PATCH | ${fee}/deprecated`,
    (_, a) => (column(a, "fee").deprecated = true),
  ),
  row(
    `31 | removed | quality-removed | MAJOR | MAJOR | ${fee}/quality[name=fees known]`,
    (b) => delete column(b, "fee").quality,
  ),
  row(
    `31 | removed advice | quality-removed | D | D | ${seats}/quality[name=seats known]`,
    (b) => delete column(b, "seats").quality,
  ),
  row(
    `31 | relaxed | quality-relaxed | MAJOR | MAJOR | ${fee}/quality[name=fees known]`,
    (b) => (column(b, "fee").quality[0].mustBeLessThan = 9),
  ),
  row(
    `31 | relaxed | quality-relaxed | MAJOR | MAJOR | ${fee}/quality[name=fees known]`,
    (b) => (column(b, "fee").quality[0].severity = "warning"),
  ),
  row(
    `31 | relaxed advice | quality-relaxed | D | D | ${seats}/quality[name=seats known]`,
    (b) => (column(b, "seats").quality[0].mustBeLessThan = 90),
  ),
  row(
    `32 | added | quality-added | MINOR | MINOR | ${level}/quality[name=nullValues]`,
    (b) => (column(b, "level").quality = [{ metric: "nullValues", mustBe: 0 }]),
  ),
  row(`32 | tightened | quality-tightened | MINOR | MINOR | ${fee}/quality[name=fees known]`, (b) => {
    delete column(b, "fee").quality[0].mustBeLessThan;
    column(b, "fee").quality[0].mustBe = 0;
  }),
  row(
    `33 | rewritten | quality-rewritten | D | D | ${fee}/quality[name=fees known]`,
    (b) => (column(b, "fee").quality[0].metric = "missingValues"),
  ),
  row(`34 | weaker | sla-weakened | MAJOR | MAJOR | ${sla("latency")}`, (b) =>
    Object.assign(promise(b, "latency"), { value: 49, unit: "h" }),
  ),
  row(`34 | removed | sla-weakened | MAJOR | MAJOR | ${sla("latency")}`, (b) => b.slaProperties.shift()),
  row(`34 | unclear | sla-weakened | D | D | ${sla("answersWithin")}`, (b) => (promise(b, "answersWithin").value = 7)),
  row(`35 | added | sla-added | MINOR | MINOR | ${sla("errorRate")}`, (b) =>
    b.slaProperties.push({ property: "errorRate", value: 1, unit: "percent" }),
  ),
  row(`35 | stronger | sla-strengthened | MINOR | MINOR | ${sla("latency")}`, (b) =>
    Object.assign(promise(b, "latency"), { value: 24, unit: "h" }),
  ),
  row(`35 | kept longer | sla-strengthened | D | D | ${sla("retention")}`, (b, a) => {
    for (const draft of [a, b]) column(draft, "note").classification = "confidential";
    promise(b, "retention").value = 9;
  }),
  row(
    `36 | advanced | eol-advanced | MAJOR | MAJOR | ${sla("endOfSupport")}`,
    (b) => (promise(b, "endOfSupport").value = "2029-01-01"),
    { now },
  ),
  row(
    `36 | too soon | eol-advanced | MAJOR | MAJOR | ${sla("endOfSupport")}`,
    (b) => (promise(b, "endOfSupport").value = "2026-03-01"),
    { now },
  ),
  row(
    `36 | postponed | eol-postponed | PATCH | PATCH | ${sla("endOfSupport")}`,
    (b) => (promise(b, "endOfSupport").value = "2035-01-01"),
  ),
  row("37 | removed | port-removed | MAJOR | MAJOR | /servers[server=mesh]", (b) => b.servers.shift()),
  row("37 | removed rehearsal | port-removed | PATCH | PATCH | /servers[server=rehearsal]", (b) => b.servers.pop()),
  row(
    "37 | moved | port-moved | MAJOR | MAJOR | /servers[server=mesh]/database",
    (b) => (b.servers[0].database = "college"),
  ),
  row(
    "37 | moved rehearsal | port-moved | PATCH | PATCH | /servers[server=rehearsal]/database",
    (b) => (b.servers[1].database = "college"),
  ),
  row("37 | added | port-added | MINOR | MINOR | /servers[server=files]", (b) =>
    b.servers.push({ server: "files", type: "duckdb", database: "f" }),
  ),
  row("38 | removed | role-removed | MAJOR | MAJOR | /roles[role=teacher]", (b) => (b.roles = [])),
  row(
    "38 | changed | access-changed | MAJOR | MAJOR | /roles[role=teacher]/access",
    (b) => (b.roles[0].access = "write"),
  ),
  row("38 | added | role-added | MINOR | MINOR | /roles[role=parent]", (b) => b.roles.push({ role: "parent" })),
  row(
    "38 | approvers | approvers-changed | PATCH | PATCH | /roles[role=teacher]/firstLevelApprovers",
    (b) => (b.roles[0].firstLevelApprovers = "ada"),
  ),
  row("39 | advanced | status | MINOR | MINOR | /status", (_, a) => (a.status = "draft")),
  row("39 | deprecated | status | MINOR | MINOR | /status", (b) => (b.status = "deprecated")),
  row(
    "39 | retired | status | MAJOR | MAJOR | /status",
    (b, a) => {
      a.status = "deprecated";
      b.status = "retired";
    },
    { retirable: true },
  ),
  row("39 | retired too soon | status | MAJOR | MAJOR | /status", (b) => (b.status = "retired")),
  row("39 | backwards | status | MAJOR | MAJOR | /status", (b) => (b.status = "draft")),
  row("39 | unknown | status | D | D | /status", (b) => (b.status = "asleep")),
  row("40 | terms | terms | D | D | /description/usage", (b) => (b.description.usage = "Ask first.")),
  row("40 | purpose | terms | PATCH | PATCH | /description/purpose", (b) => (b.description.purpose = "All courses.")),
  row("41 | raised | price | MAJOR | MAJOR | /price", (b) => (b.price.priceAmount = 7)),
  row("41 | lowered | price | MINOR | MINOR | /price", (b) => (b.price.priceAmount = 3)),
  row("42 | changed | docs | PATCH | PATCH | /team", (b) => (b.team = { name: "office" })),
  row(`42 | changed | docs | PATCH | PATCH | ${fee}/description`, (b) => (column(b, "fee").description = "Price.")),
  row("43 | other | identity | MAJOR | MAJOR | /id", (b) => (b.id = "another")),
  row("43 | renamed | renamed | MAJOR | MAJOR | /name", (b) => (b.name = "lessons")),
  row("43 | format | identity | PATCH | PATCH | /apiVersion", (b) => (b.apiVersion = "v3.1.0")),
  row(`43 | changed | identity | MAJOR | MAJOR | ${fee}/id`, (b) => (column(b, "fee").id = "price")),
  row("44 | major | version-mismatch | MAJOR | MAJOR | /version", (b) => {
    b.schema.pop();
    b.version = "1.9.0";
  }),
  row("44 | minor | version-mismatch | MINOR | MINOR | /version", (b) => {
    b.schema.push({ name: "building" });
    b.version = "1.2.9";
  }),
  row("44 | patch | version-mismatch | PATCH | PATCH | /version", (b) => (b.version = "1.1.0")),
  row(`45 | reused | tombstone-reuse | MAJOR | MAJOR | ${fee}`, (b) =>
    Object.assign(column(b, "fee"), { name: "paid", logicalType: "boolean" }),
  ),
  row(
    `45 | reused | tombstone-reuse | MAJOR | MAJOR | ${at}[name=old]`,
    (b) => b.schema[0].properties.push(oldColumn),
    { tombstones: [grave] },
  ),
];

const table = cases.flatMap((one) =>
  (["reader", "writer", "archive"] as const).map((profile) => ({ ...one, profile })),
);

test.each(table)("row $row, $outcome, for the $profile: $rule at $path", ({ edit, options, profile, ...expected }) => {
  const [before, after] = pair(edit);
  const diff = diffContracts(before, after, { ...options, profile });
  const found = diff.diffs.filter(({ rule, path }) => rule === expected.rule && path === expected.path);
  const [difference] = found;
  expect(found, JSON.stringify(diff.diffs, null, 1)).toHaveLength(1);
  expect(verdict(difference)).toBe(
    profile === "archive" ? worse(expected.reader, expected.writer) : expected[profile as "reader"],
  );
  expect(difference?.message).toMatch(/.{10}/);
});

/** The fixture twice, edited; the later one declares a new major version, so that only its content counts. */
function pair(edit: Case["edit"]): [DataContract, DataContract] {
  const [before, after] = [structuredClone(base), structuredClone(base)];
  Object.assign(after, { version: "2.0.0" });
  edit(after, before);
  return [before, after];
}

function verdict(difference: { class: string; dangerous: boolean } | undefined): string | undefined {
  return difference?.dangerous ? "D" : difference?.class;
}

function worse(a: string, b: string): string {
  const order = ["PATCH", "MINOR", "D", "MAJOR"];
  return order.indexOf(a) > order.indexOf(b) ? a : b;
}

test("every outcome of every row has a case", () => {
  const shown = new Set(cases.map(({ row: number, outcome }) => `${number} ${outcome}`));
  const known = ruleSummaries();
  expect([...new Set(known.map(({ row: number }) => number))]).toEqual(
    Array.from({ length: 45 }, (_, index) => index + 1),
  );
  expect(known.map(({ row: number, outcome }) => `${number} ${outcome}`).filter((one) => !shown.has(one))).toEqual([]);
});

const blocked = ["retired too soon", "backwards", "too soon", "other", "reused"];

test.each(cases.filter(({ row: number }) => number !== 44))(
  "row $row, $outcome, is blocked only where no version makes it right",
  ({ edit, options, outcome }) => {
    const [before, after] = pair(edit);
    expect(diffContracts(before, after, options).blocked).toBe(blocked.includes(outcome));
  },
);

test("one change is one difference", () => {
  const several = cases.filter(({ edit, options }) => diffContracts(...pair(edit), options).diffs.length !== 1);
  // whoever reuses an id changes name or type as well
  expect(several.map(({ row: number, outcome }) => `${number} ${outcome}`)).toEqual([
    "44 major",
    "44 minor",
    "45 reused",
    "45 reused",
  ]);
});

test.each([
  ["1.2.0", "MAJOR", "major", "2.0.0"],
  ["0.2.0", "MAJOR", "minor", "0.3.0"],
  ["1.2.3", "MINOR", "minor", "1.3.0"],
  ["0.2.3", "MINOR", "minor", "0.3.0"],
  ["1.2.3", "PATCH", "patch", "1.2.4"],
] as const)("from %s a %s change asks for a %s step, to %s", (version, changeClass, bump, lowest) => {
  const edits = {
    MAJOR: (draft: Draft) => draft.schema.pop(),
    MINOR: (draft: Draft) => draft.schema.push({ name: "building" }),
    PATCH: (draft: Draft) => (draft.tags = ["new"]),
  };
  const [before, after] = [
    { ...structuredClone(base), version },
    { ...structuredClone(base), version: lowest },
  ];
  edits[changeClass](after);
  const diff = diffContracts(before, after);
  expect(diff).toMatchObject({ class: changeClass, requiredBump: bump, blocked: false, version: { lowest } });
});

test("what is inside of something new is new with it", () => {
  const [before, after] = pair((draft) =>
    draft.schema.push({
      name: "building",
      properties: [{ name: "a", required: true, quality: [{ metric: "nullValues", mustBe: 0 }] }],
    }),
  );
  for (const profile of ["reader", "writer", "archive"] as Profile[])
    expect(diffContracts(before, after, { profile }).diffs).toMatchObject([{ rule: "object-added", class: "MINOR" }]);
});

test("a rename that keeps the id is no removal, and says how to do it gently", () => {
  const [before, after] = pair((draft) => (column(draft, "fee").name = "price"));
  const [difference] = diffContracts(before, after).diffs;
  expect(difference?.message).toBe('"fee" is now called "price"');
  expect(difference?.suggestion).toContain("deprecated property");
});

test("a writer may be given a new required column with a default", () => {
  const hall = { name: "hall", required: true, customProperties: [{ property: "default", value: "none" }] };
  const [before, after] = pair((draft) => draft.schema[0].properties.push(hall));
  expect(diffContracts(before, after, { profile: "writer" }).class).toBe("MINOR");
});

test.each([
  ["another unit of the same length", "latency", { value: 48, unit: "h" }, "NONE"],
  ["a unit that is no time", "latency", { value: 2, unit: "rows" }, "MAJOR"],
  ["less often", "frequency", { value: 2, unit: "d" }, "MAJOR"],
  ["more often", "frequency", { value: 1, unit: "h" }, "MINOR"],
  ["kept for less long", "retention", { value: 59, unit: "months" }, "MAJOR"],
  ["less available", "availability", { value: 98 }, "MAJOR"],
  ["more available", "availability", { value: "99.5%" }, "MINOR"],
  ["later in the day", "timeOfAvailability", { value: "09:30+10:00" }, "MAJOR"],
  ["the same moment elsewhere", "timeOfAvailability", { value: "07:00+08:00" }, "NONE"],
])("a promise: %s", (_, word, edit, expected) => {
  const [before, after] = pair((draft) => Object.assign(promise(draft, word), edit));
  expect(diffContracts(before, after).class).toBe(expected);
});

test.each([
  [{ mustBeLessThan: 10 }, { mustBeLessOrEqualTo: 10 }, "MAJOR"],
  [{ mustBeLessOrEqualTo: 10 }, { mustBeLessThan: 10 }, "MINOR"],
  [{ mustBe: 0 }, { mustBeLessOrEqualTo: 0 }, "NONE"],
  [{ mustBe: 0 }, { mustBeLessThan: 1 }, "MAJOR"],
  [{ mustBeGreaterThan: 5 }, { mustBeBetween: [6, 10] }, "MINOR"],
  [{ mustBeBetween: [6, 10] }, { mustNotBeBetween: [1, 4] }, "MAJOR"],
  [{ mustNotBe: 0 }, { mustBeGreaterThan: 0 }, "NONE"],
  [{ mustNotBe: 3 }, { mustBeGreaterThan: 3 }, "MINOR"],
  [{ mustBe: "a" }, { mustBe: "b" }, "MAJOR"],
])("a threshold from %j to %j is %s", (from, to, expected) => {
  const rule = (demand: object) => [{ name: "r", metric: "nullValues", ...demand }];
  const [before, after] = pair((b, a) => {
    column(a, "level").quality = rule(from);
    column(b, "level").quality = rule(to);
  });
  expect(diffContracts(before, after).class).toBe(expected);
});

test("a relationship pinned to a newer version of the same major leads to the same place", () => {
  const pinned = (version: string) => [
    { to: `../../../../contracts/published/a/b/${version}.odcs.yaml#/schema/c/properties/d` },
  ];
  const versions = (from: string, to: string) =>
    pair((b, a) => {
      column(a, "title").relationships = pinned(from);
      column(b, "title").relationships = pinned(to);
    });
  expect(diffContracts(...versions("1.0.0", "1.4.2")).class).toBe("NONE");
  expect(diffContracts(...versions("1.0.0", "2.0.0")).class).toBe("MAJOR");
});
