import { createHmac } from "node:crypto";
import type { Agreement } from "@thoth/access/agreement";
import { decide } from "@thoth/access/decide";
import { anonymous, type Principal } from "@thoth/access/decision";
import { fixedSnapshots } from "@thoth/access/secured-sql/followed-snapshots";
import { openSecuredSql } from "@thoth/access/secured-sql/open-secured-sql";
import type { SecuredSql } from "@thoth/access/secured-sql/secured-sql";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import { isMeshError } from "@thoth/kernel/mesh-error";
import { camelCase, constantCase } from "@thoth/kernel/names";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { doorAt, gatewaySettings } from "./fixtures/door.ts";
import { students } from "./fixtures/students.ts";
import { serveGateway } from "./serve-gateway.ts";

/** How many questions are compared; CI asks for more. */
const cases = Number(process.env.MESH_SAME_DECISION_CASES ?? 150);

const now = Date.parse("2026-06-15T10:00:00Z");
const maskKey = "5".repeat(64);
const closing = new AsyncDisposableStack();
let mesh: SmallMesh;
let model: ProductModel;
let url: string;
let sql: SecuredSql;

/** What the case at hand is about; a token is the principal's name. */
let principal: Principal = anonymous;
let agreements: readonly Agreement[] = [];

const purposes: readonly Purpose[] = (
  [
    ["research", "opt-in"],
    ["study", "opt-in"],
    ["teaching", "teaching-duty"],
  ] as const
).map(([id, basis]) => ({ id, title: id, description: id, basis, longestDays: 365, reassessDays: 90 }));

const decideNow = (who: Principal, product: ProductModel, purpose?: string) =>
  decide(who, product, purpose, { agreements, purposes, now });

beforeAll(async () => {
  mesh = closing.use(await openSmallMesh([students], { now, maskKey }));
  model = mesh.model("school/students");
  const settings = gatewaySettings(mesh, {
    authenticate: async (token) => (token === undefined ? anonymous : principal),
    decide: decideNow,
    clock: () => now,
    files: { states: mesh.readSide },
    policy: { rates: { requests: { perSecond: 1e9, burst: 1e9 }, values: { perSecond: 1e12, burst: 1e12 } } },
  });
  url = closing.use(await serveGateway(settings)).url;
  sql = closing.use(
    await openSecuredSql({
      snapshotDir: mesh.snapshotDir,
      products: [{ model, previous: [] }],
      snapshots: fixedSnapshots(mesh.readSide.attached()),
      maskKey,
      log: settings.log,
    }),
  );
});
afterAll(() => closing.disposeAsync());

type Row = Readonly<Record<string, unknown>>;
/** Rows, or that there are none to be had. */
type Outcome = { readonly rows: readonly Row[] } | { readonly refused: true };

interface Question {
  readonly columns: readonly string[];
  readonly where: Condition | null;
  readonly descending: boolean;
}

type Condition = { readonly column: string; readonly is: "eq" | "gte"; readonly value: string | number | boolean };

const principals = fc.record({
  kind: fc.constantFrom("person" as const, "service" as const, "anonymous" as const),
  roles: fc.subarray(["staff", "tutor"]),
  units: fc.constantFrom("", "A", "A,B", "A, it's"),
  purposes: fc.constantFrom(undefined, undefined, undefined, ["research"], ["study", "teaching"]),
});

type Terms = Pick<Agreement, "consumer" | "purpose" | "role" | "columns" | "rows"> & {
  /** Milliseconds from now. */
  readonly ends: number;
  /** Granted by two people. */
  readonly both: boolean;
};

const anyAgreements: fc.Arbitrary<readonly Terms[]> = fc.array(
  fc.record({
    consumer: fc.constantFrom("ada", "role:staff", "alan"),
    purpose: fc.constantFrom("research", "study", "teaching"),
    role: fc.constantFrom("researcher", "tutor", "auditor", "analyst", "campus", "gone"),
    columns: fc.constantFrom(null, ["person", "grade", "score"], ["person", "email"], ["score"]),
    rows: fc.constantFrom<Terms["rows"]>({}, { unit: ["A", "C"] }, { grade: ["HD"] }),
    ends: fc.constantFrom(1_000, 1_000, 0),
    both: fc.boolean(),
  }),
  { maxLength: 3 },
);

/** Mostly one that lets something be read. */
const agreementsFor = (...roles: readonly string[]): fc.Arbitrary<readonly Terms[]> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({
          consumer: fc.constant("ada"),
          purpose: fc.constantFrom("research", "study"),
          role: fc.constantFrom(...roles),
          columns: fc.constantFrom(null, null, ["person", "grade", "score"]),
          rows: fc.constantFrom<Terms["rows"]>({}, {}, { unit: ["A", "C"] }),
          ends: fc.constant(1_000),
          both: fc.boolean(),
        })
        .map((one) => [one]),
    },
    { weight: 1, arbitrary: anyAgreements },
  );

const questions: fc.Arbitrary<Question> = fc.record({
  columns: fc.oneof(
    fc.subarray(["person", "unit", "grade", "score", "ended_on"], { minLength: 1 }),
    fc.subarray(["person", "unit", "grade", "score", "email", "ended_on", "agreed"], { minLength: 1 }),
  ),
  where: fc.option(
    fc.constantFrom<Condition>(
      { column: "unit", is: "eq", value: "A" },
      { column: "grade", is: "eq", value: "HD" },
      { column: "score", is: "gte", value: 50 },
      { column: "ended_on", is: "gte", value: "2025-01-01" },
      { column: "email", is: "eq", value: "p1@school" },
      { column: "agreed", is: "eq", value: true },
    ),
  ),
  descending: fc.boolean(),
});

/** Every port puts rows in the order of the key; what a reader of rows may select must hold it. */
const order = ["person", "unit"];

async function overGraphql({ columns, where, descending }: Question, purpose: string | undefined): Promise<Outcome> {
  const fields = columns.map(camelCase).join(" ");
  const filter = where === null ? "" : `where: { ${camelCase(where.column)}: { ${where.is}: ${literal(where)} } }, `;
  const orderBy = order.map((name) => `{ ${camelCase(name)}: ${descending ? "DESC" : "ASC"} }`).join(", ");
  const query = `{ students(${filter}orderBy: [${orderBy}], first: 500) { nodes { ${fields} } } }`;
  const { data, errors } = await doorAt(url)(query, { headers: headersFor(purpose) });
  if (errors.length > 0) {
    for (const { extensions } of errors) expect(extensions.code).toMatch(/^access\//);
    return { refused: true };
  }
  const rows = data.students.nodes as readonly Row[];
  // A field that may not be read is null with an error, in each row; where there is no row, there is no field.
  const { columns: access } = decideNow(principal, model, purpose);
  if (rows.length === 0 && columns.some((name) => access[name] === "denied")) return { refused: true };
  return { rows: rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[camelCase(name)]]))) };
}

const enumNames = new Map([["HD", constantCase("HD")]]);

/** As GraphQL writes it. */
function literal({ column, value }: Condition): string {
  return column === "grade" ? (enumNames.get(String(value)) ?? String(value)) : JSON.stringify(value);
}

async function overFiles({ columns, where, descending }: Question, purpose: string | undefined): Promise<Outcome> {
  const search = new URLSearchParams({
    select: columns.join(","),
    order: order.map((name) => `${descending ? "-" : ""}${name}`).join(","),
    ...(where !== null && {
      where: JSON.stringify({
        [camelCase(where.column)]: { [where.is]: where.column === "grade" ? literal(where) : where.value },
      }),
    }),
  });
  const response = await fetch(`${url}/products/school/students.json?${search}`, { headers: headersFor(purpose) });
  if (response.status === 200) return { rows: (await response.json()) as Row[] };
  expect([401, 403]).toContain(response.status);
  expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^access\//) });
  return { refused: true };
}

async function overSql({ columns, where, descending }: Question, purpose: string | undefined): Promise<Outcome> {
  const condition =
    where === null
      ? ""
      : ` where ${where.column} ${where.is === "eq" ? "=" : ">="} ${typeof where.value === "string" ? `'${where.value}'` : where.value}`;
  const by = order.map((name) => `${name} ${descending ? "desc" : "asc"}`).join(", ");
  return select(`select ${columns.join(", ")} from school.students${condition} order by ${by}`, purpose);
}

async function select(statement: string, purpose: string | undefined): Promise<Outcome> {
  const who = principal;
  const reader = { decide: (product: ProductModel) => decideNow(who, product, purpose), now };
  try {
    const prepared = await sql.prepare(statement, reader);
    return { rows: (await prepared.rows([], { signal: new AbortController().signal })) as Row[] };
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    // A column that may not be seen is not there.
    if (/^Column ".*" does not exist$/.test(failure.message)) return { refused: true };
    expect(failure.code).toMatch(/^(access\/|warehouse\/(read-refused|sql-))/);
    return { refused: true };
  }
}

function headersFor(purpose: string | undefined): Record<string, string> {
  return {
    ...(principal.kind !== "anonymous" && { authorization: `Bearer ${principal.name}` }),
    ...(purpose !== undefined && { "x-mesh-purpose": purpose }),
  };
}

function settle({ kind, roles, units, purposes: limited }: FcOf<typeof principals>, list: readonly Terms[]): void {
  principal =
    kind === "anonymous"
      ? anonymous
      : {
          name: "ada",
          kind,
          roles,
          attributes: units === "" ? {} : { units },
          ...(limited && { limits: { purposes: limited } }),
        };
  agreements = list.map(({ ends, both, ...terms }, index) => ({
    ...terms,
    id: `agr-${index}`,
    product: "school/students",
    major: 1,
    from: now - 1_000,
    until: now + ends,
    reassessAt: null,
    status: "granted",
    requestedBy: "ada",
    requestedAt: now - 5_000,
    reason: "A study.",
    approvals: [
      { by: "steward", level: 1, at: now - 900 },
      ...(both ? [{ by: "owner", level: 2 as const, at: now - 800 }] : []),
    ],
  }));
}

type FcOf<Arbitrary> = Arbitrary extends fc.Arbitrary<infer Value> ? Value : never;

const purposeAsked = fc.constantFrom(undefined, undefined, undefined, "research", "study", "teaching");

const seen = { rows: 0, refused: 0 };

test("whoever asks for rows, on whichever port, under whichever agreements, gets the same or is refused on all", async () => {
  const property = fc.asyncProperty(
    principals,
    agreementsFor("researcher", "tutor", "auditor", "campus"),
    questions,
    purposeAsked,
    async (who, list, question, purpose) => {
      settle(who, list);
      const [graphql, files, statement] = [
        await overGraphql(question, purpose),
        await overFiles(question, purpose),
        await overSql(question, purpose),
      ];
      expect(files).toEqual(graphql);
      expect(comparable(statement)).toEqual(comparable(graphql));
      seen["rows" in graphql ? "rows" : "refused"] += 1;
    },
  );
  await fc.assert(property, { numRuns: cases, seed: 20261122, endOnFailure: true });
  // Both must have come about often, or nothing was compared.
  expect(Math.min(seen.rows, seen.refused)).toBeGreaterThan(cases / 8);
});

test.each([
  ["research", {}],
  ["study", {}],
  ["research", { unit: ["A", "C"] }],
] as const)(
  "rows that are asked for in no order, for %s in rows %o, come in none that tells the keys",
  async (purpose, rows) => {
    settle({ kind: "person", roles: [], units: "", purposes: undefined }, [
      { consumer: "ada", purpose, role: "researcher", columns: null, rows, ends: 1_000, both: false },
    ]);
    const { salt } = decideNow(principal, model, purpose);
    const all = (await mesh.readSide.query("select distinct person from school.product.students")).map(
      ({ person }) => person,
    );
    const hashOf = (text: unknown) =>
      createHmac("sha256", maskKey).update(`${salt}:${text}`).digest("hex").slice(0, 16);
    const keys = new Map(all.map((person) => [hashOf(person), String(person)]));
    const headers = headersFor(purpose);

    const { data } = await doorAt(url)("{ students(first: 500) { nodes { person unit } } }", { headers });
    const file = await fetch(`${url}/products/school/students.json?select=person,unit`, { headers });
    const shown = (list: readonly Row[]) => list.map(({ person, unit }) => `${person} ${unit}`);
    const typed = await select("select person, unit from school.students", purpose);
    if (!("rows" in typed)) throw new Error("the rows are refused");
    const [graphql, json, statement] = [
      shown(data.students.nodes),
      shown((await file.json()) as Row[]),
      shown(typed.rows),
    ];
    expect(graphql.length).toBeGreaterThan(30);
    // Plans order by what is shown.
    expect([graphql, json]).toEqual([graphql.toSorted(), graphql.toSorted()]);
    expect(statement.toSorted()).toEqual(graphql.toSorted());
    const clear = statement.map((row) => `${keys.get(row.slice(0, 16))}${row.slice(16)}`);
    const ranked = clear.toSorted();
    const guessed = clear.filter((row, index) => row === ranked[index]);
    expect(guessed.length).toBeLessThan(clear.length / 5);
  },
);

interface GroupQuestion {
  readonly by: readonly string[];
  readonly where: Condition | null;
  readonly measure: "sum" | "avg";
}

const groupQuestions: fc.Arbitrary<GroupQuestion> = fc.record({
  by: fc.subarray(["unit", "grade"], { minLength: 1 }),
  where: fc.option(
    fc.constantFrom<Condition>({ column: "unit", is: "eq", value: "A" }, { column: "grade", is: "eq", value: "HD" }),
  ),
  measure: fc.constantFrom("sum" as const, "avg" as const),
});

async function groupsOverGraphql({ by, where, measure }: GroupQuestion, purpose: string | undefined): Promise<Outcome> {
  const filter = where === null ? "" : `where: { ${where.column}: { eq: ${literal(where)} } }, `;
  const orderBy = by.map((name) => `{ group: { ${name}: ASC } }`).join(", ");
  const query = `{ studentsAggregate(${filter}groupBy: [${by.map(constantCase).join(", ")}], orderBy: [${orderBy}], first: 500) { group { ${by.join(" ")} } count ${measure} { score } } }`;
  const { data, errors } = await doorAt(url)(query, { headers: headersFor(purpose) });
  if (errors.length > 0) {
    for (const { extensions } of errors) expect(extensions.code).toMatch(/^access\//);
    return { refused: true };
  }
  return {
    rows: data.studentsAggregate.map((row: { group: Row; count: number } & Record<string, Row>) => ({
      ...row.group,
      n: row.count,
      m: row[measure]?.score,
    })),
  };
}

test("whoever asks for groups gets the same, or is refused on both", async () => {
  let answered = 0;
  const property = fc.asyncProperty(
    principals,
    agreementsFor("analyst", "analyst", "researcher", "campus"),
    groupQuestions,
    purposeAsked,
    async (who, list, question, purpose) => {
      settle(who, list);
      const { by, where, measure } = question;
      const condition = where === null ? "" : ` where ${where.column} = '${where.value}'`;
      const statement = `select ${by.join(", ")}, count(*) as n, ${measure}(score) as m from school.students${condition} group by all order by ${by.join(", ")}`;
      const [graphql, groups] = [await groupsOverGraphql(question, purpose), await select(statement, purpose)];
      expect(comparable(groups)).toEqual(comparable(graphql));
      if ("rows" in graphql && graphql.rows.length > 0) answered += 1;
    },
  );
  await fc.assert(property, { numRuns: cases, seed: 20261123, endOnFailure: true });
  expect(answered).toBeGreaterThan(cases / 12);
});

/** Integers of the engine are bigints, sums of floats may differ in their last digits, and groups come in an order of their own. */
function comparable(outcome: Outcome): unknown {
  if ("refused" in outcome) return outcome;
  const plain = (value: unknown) => {
    if (typeof value === "bigint") return Number(value);
    return typeof value === "number" ? Number(value.toPrecision(12)) : value;
  };
  const rows = outcome.rows.map((row) =>
    JSON.stringify(
      Object.entries(row)
        .map(([name, value]) => [name, plain(value)])
        .sort(),
    ),
  );
  return rows.toSorted();
}

test("an older state, in which people had agreed who do not any more, is read on no port, and nobody is told how many there are", async () => {
  settle({ kind: "person", roles: [], units: "", purposes: undefined }, [
    { consumer: "ada", purpose: "study", role: "researcher", columns: null, rows: {}, ends: 1_000, both: false },
  ]);
  const old = mesh.readSide.attached()[0];
  await mesh.publish("school/students", `${students.rows} where i < 40`);
  const file = (search: string) =>
    fetch(`${url}/products/school/students.json?select=unit&${search}`, { headers: headersFor("study") });
  expect((await file(`snapshot=${old?.id}`)).status).toBe(403);
  expect(await (await file(`snapshot=${old?.id}`)).json()).toMatchObject({ code: "access/past-denied" });
  expect((await file("limit=1")).status).toBe(200);
  const counts = '{ dataProduct(id: "school/students") { snapshot { rowCount sizeBytes } } }';
  const { data } = await doorAt(url)(counts, { headers: headersFor("study") });
  expect(data.dataProduct.snapshot).toEqual({ rowCount: null, sizeBytes: null });
  expect(JSON.stringify(await (await fetch(`${url}/products/school/students`)).json())).not.toContain('"rows":40');
});
