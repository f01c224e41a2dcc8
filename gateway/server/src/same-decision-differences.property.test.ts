import type { Agreement } from "@thoth/access/agreement";
import { decide } from "@thoth/access/decide";
import type { Decision, Principal } from "@thoth/access/decision";
import { fixedSnapshots } from "@thoth/access/secured-sql/followed-snapshots";
import { openSecuredSql } from "@thoth/access/secured-sql/open-secured-sql";
import type { SecuredSql } from "@thoth/access/secured-sql/secured-sql";
import type { RoleModel, RowRule } from "@thoth/contract/access-terms";
import type { ProductModel } from "@thoth/contract/product-model";
import { constantCase } from "@thoth/kernel/names";
import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh } from "@thoth/testing/small-mesh";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { doorAt, gatewaySettings } from "./fixtures/door.ts";
import { students } from "./fixtures/students.ts";
import { serveGateway } from "./serve-gateway.ts";

/**
 * Whoever keeps what they were told, under one set of attributes and another, on one day and a later one, by one major version
 * and the other, knows no number about fewer people than a group has: none was told, and none is the difference of two.
 */
const cases = Number(process.env.MESH_SAME_DECISION_CASES ?? 150);
const now = Date.parse("2026-06-15T10:00:00Z");
const dayMs = 86_400_000;
const maskKey = "5".repeat(64);
const least = 5;

const units = ["A", "A", "A", "B", "B", "B", "C"];

/** Units A and B are large, of C there are few people; nobody of a group has no score, or one, or many. */
const stored = Array.from({ length: 140 }, (_, i) => ({
  person: `p${i % 97}`,
  unit: i % 41 === 7 ? "D" : (units[i % 7] ?? "A"),
  grade: i % 3 === 0 ? "P" : "HD",
  score: i === 5 || (i % 3 === 0 && i % 2 === 0) ? null : i * 1.5,
  email: `p${i % 97}@school`,
  ended_on: new Date(now + ((i % 29) - 14) * dayMs).toISOString().slice(0, 10),
  agreed: i % 11 !== 3,
}));
type StoredRow = (typeof stored)[number];

const role = (name: string, terms: Readonly<Record<string, unknown>>) => ({
  ...{ role: name, access: "read", firstLevelApprovers: "steward", secondLevelApprovers: "owner" },
  customProperties: Object.entries(terms).map(([property, value]) => ({ property, value })),
});
const groups = (name: string, groupBy: readonly string[], terms: Readonly<Record<string, unknown>> = {}) =>
  role(name, { minGroupSize: least, groupBy, ...terms });
const ownUnits = [{ column: "unit", is: "units" }];

const newRoles = [
  groups("analyst", ["unit", "grade"]),
  groups("cohorts", ["grade"]),
  groups("own", ["unit", "grade"], { rows: ownUnits }),
  role("tutor", { rows: ownUnits }),
];
const oldRoles = [groups("analyst", ["unit"]), groups("cohorts", ["grade"]), role("tutor", { rows: ownUnits })];

/** No contract may have these: what decides does not rely on that. */
const slippedThrough: readonly Partial<RoleModel>[] = [
  { name: "own-cohorts", groupBy: ["grade"], rows: [{ kind: "attribute", column: "unit", attribute: "units" }] },
  { name: "ended", groupBy: ["unit"], rows: [{ kind: "before", column: "ended_on", span: { years: 0, days: 0 } }] },
];

const values = stored.map((row) =>
  Object.values(row)
    .map((cell) => (typeof cell === "string" ? `'${cell}'` : String(cell)))
    .join(", "),
);
const ending = {
  major: 1,
  deprecatedSince: "2026-06-01",
  endOfSupport: "2026-12-01",
  deprecationReason: "Other roles.",
};
const properties = students.contract?.customProperties as readonly object[];
const product: SmallProduct = {
  ...students,
  version: "2.0.0",
  rows: `from (values ${values.map((row, index) => `(${row}, ${index})`).join(", ")}) t(${Object.keys(stored[0] ?? {}).join(", ")}, i)`,
  contract: {
    roles: newRoles,
    customProperties: [...properties, { property: "previousMajors", value: [ending] }],
  },
  previous: {
    promised: { ...students, contract: { roles: oldRoles, customProperties: properties } },
    sql: "select * from school.product.students_v2",
  },
};

const closing = new AsyncDisposableStack();
let sql: SecuredSql;
let url: string;
/** By their majors. */
let models: readonly ProductModel[];

let principal: Principal;
let agreements: readonly Agreement[] = [];
let at = now;
const purposes = (["research", "study"] as const).map((id) => ({
  ...{ id, title: id, description: id, basis: "opt-in" as const, longestDays: 365, reassessDays: 90 },
}));
const decideNow = (who: Principal, model: ProductModel, purpose?: string) =>
  decide(who, { ...model, roles: rolesOf(model) }, purpose, { agreements, purposes, now: at });

function rolesOf({ roles }: ProductModel): readonly RoleModel[] {
  const [analyst] = roles.filter(({ name }) => name === "analyst");
  return [...roles, ...slippedThrough.map((one) => ({ ...(analyst as RoleModel), ...one }))];
}

beforeAll(async () => {
  const mesh = closing.use(await openSmallMesh([product], { now, maskKey }));
  const model = mesh.model("school/students");
  const earlier = mesh.catalog.flatMap(({ previous = [] }) => previous);
  models = [...earlier, model];
  const settings = gatewaySettings(mesh, {
    authenticate: async () => principal,
    decide: decideNow,
    clock: () => now,
    policy: { rates: { requests: { perSecond: 1e9, burst: 1e9 }, values: { perSecond: 1e12, burst: 1e12 } } },
  });
  url = closing.use(await serveGateway(settings)).url;
  const mapping = { file: "v1.sql", sql: product.previous?.sql ?? "" };
  sql = closing.use(
    await openSecuredSql({
      snapshotDir: mesh.snapshotDir,
      products: [{ model, previous: earlier.map((old) => ({ model: old, mapping })) }],
      snapshots: fixedSnapshots(mesh.readSide.attached()),
      maskKey,
      log: settings.log,
    }),
  );
});
afterAll(() => closing.disposeAsync());

/** Under which somebody asks. */
interface Moment {
  readonly major: number;
  readonly units: string;
  readonly purpose: string;
  readonly days: number;
}

const moments = fc.array(
  fc.record<Moment>({
    major: fc.constantFrom(1, 2, 2),
    units: fc.constantFrom("A", "A,C", "B,C", "A,B,C,D"),
    purpose: fc.constantFrom("research", "research", "study"),
    days: fc.constantFrom(0, 0, 2, 9),
  }),
  { minLength: 4, maxLength: 8 },
);

const held = fc.array(
  fc.record({
    consumer: fc.constantFrom("ada", "role:staff"),
    terms: fc.constantFrom(
      ...newRoles.map((one) => ({ major: 2, role: one.role })),
      ...slippedThrough.map(({ name = "" }) => ({ major: 2, role: name })),
      ...oldRoles.map((one) => ({ major: 1, role: one.role })),
    ),
    purpose: fc.constantFrom("research", "research", "study"),
    rows: fc.constantFrom<Agreement["rows"]>({}, {}, {}, { unit: ["A", "C"] }, { grade: ["HD"] }),
  }),
  { minLength: 1, maxLength: 2 },
);

/** Sets of rows about each of which a number was told in one answer; no two of them have a row in common. */
type Told = readonly ReadonlySet<number>[];

async function askedAt({ major, units: own, purpose, days }: Moment): Promise<Told[]> {
  principal = { name: "ada", kind: "person", roles: ["staff"], attributes: { units: own } };
  at = now + days * dayMs;
  const model = models.find((one) => one.major === major) as ProductModel;
  const decision = decideNow(principal, model, purpose);
  if (!decision.readable) return [];
  const kept = keptRows(decision, model, own);
  if (decision.grouping === null) return [kept.map((index) => new Set([index]))];
  return groupsAt(decision, model, kept);
}

/** What role, agreement and consent leave, once more and in the plainest way. */
function keptRows({ agreement: id, purpose }: Decision, model: ProductModel, own: string): number[] {
  const agreement = agreements.find((one) => one.id === id) as Agreement;
  const { rows: rules } = rolesOf(model).find(({ name }) => name === agreement.role) as RoleModel;
  const keeps = (row: StoredRow) =>
    rules.every((rule) => meets(row, rule, own)) &&
    Object.entries(agreement.rows).every(([name, list]) => list.includes(String(row[name as keyof StoredRow]))) &&
    (purpose !== "study" || row.agreed);
  return [...stored.keys()].filter((index) => keeps(stored[index] as StoredRow));
}

function meets(row: StoredRow, rule: RowRule, own: string): boolean {
  if (rule.kind === "attribute") return own.split(",").includes(row.unit);
  return row.ended_on < new Date(at).toISOString().slice(0, 10);
}

/** Groups as SQL and GraphQL tell them, with the rows that are in them. */
async function groupsAt(decision: Decision, model: ProductModel, kept: readonly number[]): Promise<Told[]> {
  const by = decision.grouping?.dimensions ?? [];
  const list = by.join(", ");
  const statement = `select ${list}, count(*)::int as n, count(score)::int as known from school.${model.tableName} group by all order by ${list}`;
  const prepared = await sql.prepare(statement, { decide: () => decision, now: at });
  const told = (await prepared.rows([], { signal: new AbortController().signal })) as readonly Record<
    string,
    unknown
  >[];
  const header = { "x-mesh-purpose": decision.purpose ?? "", authorization: "Bearer ada" };
  const query = `{ groups: ${model.fieldName}Aggregate(groupBy: [${by.map(constantCase).join(", ")}], first: 500) { group { ${by.join(" ")} } count } }`;
  const { data } = await doorAt(url)(query, { headers: header });
  expect(data.groups.map(({ count }: { count: number }) => count)).toEqual(told.map(({ n }) => n));
  const cells = told.map((cell) =>
    kept.filter((index) => by.every((name) => stored[index]?.[name as "unit"] === cell[name])),
  );
  expect(told.map(({ n }) => n)).toEqual(cells.map((rows) => rows.length));
  const known = cells.map((rows, index) =>
    told[index]?.known === 0 ? [] : rows.filter((one) => stored[one]?.score !== null),
  );
  expect(told.map((cell) => cell.known)).toEqual(known.map((rows) => rows.length));
  return [cells, known.filter((rows) => rows.length > 0)].map((sets) => sets.map((rows) => new Set(rows)));
}

const peopleIn = (rows: Iterable<number>) => new Set([...rows].map((index) => stored[index]?.person)).size;

/** What a number is about beyond what the numbers of another answer are about, when these are all about a part of it. */
function differences(one: Told, other: Told): ReadonlySet<number>[] {
  return one.map((rows) => {
    const parts = other.filter((part) => part.isSubsetOf(rows));
    return parts.reduce((left, part) => left.difference(part), rows);
  });
}

const seen = { groups: 0, differences: 0, rows: 0 };

test("no two answers differ by a few people", async () => {
  const property = fc.asyncProperty(held, moments, async (terms, asked) => {
    agreements = terms.map(({ terms: { major, role: name }, ...rest }, index) => ({
      ...{ ...rest, id: `agr-${index}`, product: "school/students", major, role: name, columns: null },
      ...{
        from: now - dayMs,
        until: now + 60 * dayMs,
        reassessAt: null,
        status: "granted" as const,
        reason: "A study.",
      },
      ...{
        requestedBy: "ada",
        requestedAt: now - dayMs,
        approvals: [{ by: "steward", level: 1 as const, at: now - 900 }],
      },
    }));
    const answers: Told[] = [];
    for (const moment of asked) answers.push(...(await askedAt(moment)));
    for (const one of answers) {
      const isRows = one.every((rows) => rows.size === 1);
      seen[isRows ? "rows" : "groups"] += 1;
      if (isRows) continue;
      for (const left of answers.flatMap((other) => differences(one, other))) {
        const about = JSON.stringify({ agreements, asked, rows: [...left] });
        if (left.size > 0) expect(peopleIn(left), about).toBeGreaterThanOrEqual(least);
        seen.differences += 1;
      }
    }
  });
  await fc.assert(property, { numRuns: cases, seed: 20261124, endOnFailure: true });
  expect(Math.min(seen.groups, seen.rows, seen.differences / 10), JSON.stringify(seen)).toBeGreaterThan(cases / 4);
});
