import { openQualityStore } from "@thoth/control/quality-store";
import type { TestDomain, TestProduct } from "@thoth/testing/test-domain";
import { openTestMesh, type TestMesh } from "@thoth/testing/test-mesh";
import { openWriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRejected } from "./quality/quarantine.ts";

let world: TestMesh;

beforeAll(async () => {
  world = await openTestMesh([]);
});

afterAll(() => world[Symbol.asyncDispose]());

const personal = (kind: string) => ({
  logicalType: "string",
  classification: "confidential",
  customProperties: [{ property: "personalData", value: kind }],
});

const terms = [
  { property: "personalDataPurpose", value: "learning-research" },
  { property: "consentBasis", value: "opt-in" },
  { property: "consentColumns", value: { "learning-research": "agreed" } },
];

/** Marks of people, each row with what its person answered. */
function school(name: string, product: Partial<TestProduct> = {}): TestDomain {
  return {
    name,
    streams: { [name]: { columns: { id: "BIGINT", person: "VARCHAR", mail: "VARCHAR", agreed: "BOOLEAN" } } },
    clean: { marks: `select id, person, mail, agreed from raw.${name}` },
    products: {
      marks: {
        sql: "select id, person, mail, agreed from clean.marks",
        key: ["id"],
        columns: {
          id: { logicalType: "integer", physicalType: "BIGINT" },
          person: personal("pseudonym"),
          mail: personal("direct"),
          agreed: { logicalType: "boolean", classification: "confidential" },
        },
        contract: { customProperties: terms },
        ...product,
      },
    },
  };
}

async function run(domain: TestDomain, rows: readonly string[]) {
  await world.define([domain]);
  await world.source(`${domain.name}.csv`, `id,person,mail,agreed\n${rows.map((row) => `${row}\n`).join("")}`);
  const ended = (await world.run({ only: domain.name })).get(`${domain.name}/product/marks`);
  if (ended === undefined) throw new Error(`${domain.name} has not run`);
  return ended;
}

async function status(runId: string, checkId: string) {
  const [result] = await openQualityStore(world.mesh.control).results({ runId, checkId });
  return result?.status;
}

const good = [
  "1,p1,ada@example.org,true",
  "2,p1,ada@example.org,true",
  "3,p2,bob@example.org,",
  "4,p2,bob@example.org,false",
];

interface Case {
  readonly what: string;
  readonly rows: readonly string[];
  readonly check: string;
  readonly says: RegExp;
  /** Rows that are to blame. */
  readonly rejected: number;
}

const cases: readonly Case[] = [
  {
    what: "answers that are lost on the way",
    rows: ["1,p1,ada@example.org,", "2,p2,bob@example.org,"],
    check: "consent:answered:agreed",
    says: /agreed must hold an answer about learning-research of somebody at least/,
    rejected: 0,
  },
  {
    what: "one person with two answers",
    rows: [...good, "5,p1,ada@example.org,false"],
    check: "consent:one-answer:agreed",
    says: /a person of person must have one answer in agreed/,
    rejected: 3,
  },
  {
    what: "an address in the place of a pseudonym",
    rows: [...good, "5,Eve@Example.org,,true"],
    check: "privacy:pseudonym:person",
    says: /person must stand for a person and neither be an e-mail address nor what mail holds/,
    rejected: 1,
  },
  {
    what: "a name in the place of a pseudonym",
    rows: [...good, "5,eve,eve,true"],
    check: "privacy:pseudonym:person",
    says: /person must stand for a person/,
    rejected: 1,
  },
];

test.each(cases.map((one, index) => ({ ...one, domain: `people${index}` })))(
  "$what: nothing is published, and the run fails for consent",
  async ({ domain, rows, check, says, rejected }) => {
    const first = await run(school(domain), good);
    expect(first).toMatchObject({ status: "success", checksFailed: 0 });
    expect(await status(first.runId, check)).toBe("passed");
    const ended = await run(school(domain), rows);
    expect(ended).toMatchObject({
      status: "failed",
      failureClass: "consent",
      failureStep: "audit",
      rowsRejected: rejected,
    });
    expect(ended.failureMessage).toMatch(says);
    expect(ended.failureMessage).toMatch(/^pipeline\/consent-broken/);
    expect(ended.failureMessage).not.toMatch(/example\.org|\beve\b/i);
    expect(await status(ended.runId, check)).toBe("failed");
    expect(await world.currentOf(`${domain}/marks`)).toMatchObject({ id: first.snapshotId });
  },
);

test("where rows may be held back, all rows of whoever gave two answers are", async () => {
  const contract = {
    customProperties: [
      ...terms,
      { property: "partialPublish", value: true },
      { property: "maxRejectedShare", value: 0.9 },
    ],
  };
  const ended = await run(school("torn", { contract }), [...good, "5,p1,ada@example.org,false"]);
  expect(ended).toMatchObject({ status: "partial", rowsRead: 5, rowsRejected: 3, rowCountAfter: 2 });
  expect((await world.rows("torn/marks")).map(({ person }) => person)).toEqual(["p2", "p2"]);
  const { home } = world.mesh;
  await using engine = await openWriteSide({ file: home.writeFile("torn"), tmpDir: home.tmpDir, pseudonymKey: "k" });
  const rows = await readRejected(engine, { product: "torn/marks", limit: 10 });
  expect(rows.map(({ row, rules }) => [row.id, rules])).toEqual(
    [1, 2, 5].map((id) => [id, ["consent:one-answer:agreed"]]),
  );
});

test("who may have answered for each unit is told of, and published", async () => {
  const base = school("enrolled").products?.marks;
  const key = { key: ["person", "id"], columns: { ...base?.columns, person: personal("pseudonym") } };
  const ended = await run(school("enrolled", key), [...good, "5,p1,ada@example.org,false"]);
  expect(ended).toMatchObject({ status: "success", checksWarned: 1, rowCountAfter: 5 });
  expect(await status(ended.runId, "consent:one-answer:agreed")).toBe("failed");
});

test("an empty product has lost nobody's answer, and one that asks nobody has no such checks", async () => {
  expect(await run(school("nobody"), [])).toMatchObject({ status: "success", rowCountAfter: 0 });
  const asked = await run(school("unasked", { contract: {} }), ["1,p1,ada@example.org,"]);
  expect(asked).toMatchObject({ status: "success", rowCountAfter: 1 });
  expect(await status(asked.runId, "consent:answered:agreed")).toBeUndefined();
});

test("what is called as a secret is holds nothing, in a column or inside of one", async () => {
  const id = { logicalType: "integer", physicalType: "BIGINT" };
  const client = { logicalType: "object", properties: [{ name: "api_key", logicalType: "string" }] };
  const product = (token: string, key: string): Partial<TestProduct> => ({
    sql: `select id, ${token} as reset_token, 3 as token_count, ${key} as client from clean.marks`,
    columns: { id, reset_token: "string", token_count: "integer", client },
    contract: {},
  });
  const empty = await run(school("secrets", product("null::varchar", "null::json")), good);
  expect(empty).toMatchObject({ status: "success" });
  const filled = await run(school("secrets", product("person", `'{"api_key":"k"}'::json`)), good);
  expect(filled).toMatchObject({ status: "failed", failureClass: "consent", rowsRejected: 4, checksFailed: 2 });
  expect(filled.failureMessage).toMatch(/reset_token is called as a secret is.*client\.api_key is called/s);
});
