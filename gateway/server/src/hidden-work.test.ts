import { decide } from "@thoth/access/decide";
import { anonymous, type Principal } from "@thoth/access/decision";
import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import { openExportEngine } from "@thoth/warehouse/export-engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewaySettings } from "./fixtures/door.ts";
import { openWorksheet, RecordedStatements, type TableWork, type Worksheet } from "./fixtures/recorded-statements.ts";
import { agreed, now, purposes } from "./fixtures/student-agreements.ts";
import { students } from "./fixtures/students.ts";
import { serveGateway } from "./serve-gateway.ts";

/**
 * Whoever is kept from rows must not learn of them by how long answers take. Each question here is asked about a value
 * that only hidden rows have and about one that no row has; for both the engine must do the same work with the table:
 * read as many rows, look for the same in them, and let as many through.
 */
const maskKey = "5".repeat(64);

/** Rows of one unit, those who agreed, groups, and everybody. */
const agreements = [
  agreed("tutor", "tutor", "research"),
  agreed("consent", "campus", "study"),
  agreed("groups", "analyst", "research"),
  agreed("everybody", "researcher", "research"),
];

const principalOf = (name: string): Principal =>
  agreements.some(({ consumer }) => consumer === name)
    ? { name, kind: "person", roles: [], attributes: { units: "A" } }
    : anonymous;

/**
 * Some of unit A agreed, nobody of Z did. In `p200000` to `p300000` and above a score of 1,000 all are hidden; the numbers
 * between, and beyond, nobody has. Two groups of rows in the file.
 */
const rows = `select 'p' || (i + if(i < 100000, 0, 100000)) as person, if(i < 100000 and i % 2 = 0, 'A', 'Z') as unit,
  (['P', 'HD', null])[1 + (i // 4) % 3] as grade, if(i < 100000, i % 900, 5000 + i % 7) as score,
  'p' || i || '@school' as email, date '2023-06-01' as ended_on, i < 100000 and i % 10 > 0 as agreed
  from range(130000) t(i)
  union all select 'few' || i, 'F', 'P', 5000, 'few@school', date '2023-06-01', false from range(3) t(i)`;

const units: SmallProduct = {
  id: "school/units",
  object: "unit",
  key: ["code"],
  columns: {
    code: { logicalType: "string", classification: "public", required: true },
    town: { logicalType: "string", classification: "public" },
  },
  rows: "select code, 'Geelong' as town from (values ('A'), ('F'), ('Z')) t(code)",
};

const closing = new AsyncDisposableStack();
const recorded = new RecordedStatements();
let worksheet: Worksheet;
/** Of a gateway that answers by plans, and of one that leaves all to the resolvers. */
const urls: string[] = [];

beforeAll(async () => {
  const products = [{ ...students, rows, relations: { unitOf: { to: "school/units", from: ["unit"] } } }, units];
  const mesh = closing.use(await openSmallMesh(products, { now, maskKey }));
  const { snapshotDir } = mesh;
  const snapshots = mesh.readSide.attached();
  worksheet = closing.use(await openWorksheet({ snapshotDir, catalog: "school", snapshots }));
  const engine = recorded.engine(mesh.readSide);
  const exportDir = closing.use(await tempDir()).path;
  const open = async () => recorded.exports(await openExportEngine({ snapshotDir, exportDir, maskKey }));
  const settings = gatewaySettings(mesh, {
    engine,
    authenticate: async (token) => principalOf(token ?? ""),
    decide: (who, product, purpose) => decide(who, product, purpose, { agreements, purposes, now }),
    files: { states: engine, exports: { open, dir: exportDir, limitBytes: 1e9 } },
    cacheBytes: 0,
  });
  for (const plans of [true, false]) urls.push(closing.use(await serveGateway({ ...settings, plans })).url);
});
afterAll(() => closing.disposeAsync());

/** @returns what came back, whatever it is */
type Question = (url: string, reader: string, value: string) => Promise<string>;

const graphql =
  (query: string): Question =>
  async (url, reader, value) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${reader}` },
      body: JSON.stringify({ query: query.replaceAll("$value", value) }),
    });
    return await response.text();
  };

const file =
  (path: string): Question =>
  async (url, reader, value) => {
    const response = await fetch(`${url}/products/school/students${path.replaceAll("$value", value)}`, {
      headers: { authorization: `Bearer ${reader}` },
    });
    return `${response.status} ${Buffer.from(await response.arrayBuffer()).toString("latin1")}`;
  };

const where = (filter: string) => `where=${encodeURIComponent(filter).replaceAll("%24value", "$value")}`;
const many = Array.from({ length: 20 }, (_, n) => `"x${n}"`).join(", ");

/** Of persons: only hidden ones have the first, nobody has the second. */
const person = ["p210000", "p140000"] as const;
const score = ["4000", "9000"] as const;
const unit = ["F", "X"] as const;

const rowQuestions: readonly (readonly [string, readonly [string, string], Question])[] = [
  ["a row by its key", person, graphql('{ studentsByKey(person: "$value", unit: "A") { score } }')],
  [
    "several rows by their keys",
    person,
    graphql('{ students(where: { person: { in: ["$value", "q"] } }) { nodes { score } } }'),
  ],
  [
    "many rows by their keys",
    person,
    graphql(`{ students(where: { person: { in: ["$value", ${many}] } }) { totalCount nodes { score } } }`),
  ],
  ["a count above a value", score, graphql("{ students(where: { score: { gt: $value } }) { totalCount } }")],
  [
    "the first rows behind a value",
    person,
    graphql('{ students(first: 2, where: { person: { gt: "$value" } }) { nodes { unit } } }'),
  ],
  [
    "the last rows in another order",
    score,
    graphql("{ students(first: 2, where: { score: { gte: $value } }, orderBy: [{ score: DESC }]) { nodes { unit } } }"),
  ],
  [
    "related rows",
    person,
    graphql(
      '{ units { nodes { code students(first: 1, where: { person: { eq: "$value" } }) { totalCount nodes { score } } } } }',
    ),
  ],
  [
    "where rows lead to",
    person,
    graphql('{ students(first: 1, where: { person: { gte: "$value" } }) { nodes { unitOf { town } } } }'),
  ],
  [
    "groups of related rows",
    score,
    graphql("{ units { nodes { studentsAggregate(where: { score: { gt: $value } }) { count } } } }"),
  ],
  [
    "the greatest value",
    score,
    graphql("{ studentsAggregate(where: { score: { gt: $value } }) { max { score } count } }"),
  ],
  ["a page of a file", person, file(`.json?limit=2&${where('{"person":{"gt":"$value"}}')}`)],
  ["a table of a file", score, file(`.csv?order=-score&${where('{"score":{"gt":$value}}')}`)],
  ["columns of a file", score, file(`.arrow?select=unit,person&${where('{"score":{"gt":$value}}')}`)],
  ["a Parquet file", person, file(`.parquet?select=unit,person&${where('{"person":{"eq":"$value"}}')}`)],
];

const groupQuestions: readonly (readonly [string, readonly [string, string], Question])[] = [
  [
    "a group by its name",
    unit,
    graphql('{ studentsAggregate(where: { unit: { eq: "$value" } }) { count sum { score } } }'),
  ],
  [
    "groups behind a name",
    unit,
    graphql(
      '{ studentsAggregate(where: { unit: { in: ["$value", "Y"] } }, groupBy: [GRADE]) { group { grade } count } }',
    ),
  ],
  ["groups of a list", unit, graphql(`{ studentsAggregate(where: { unit: { in: ["$value", ${many}] } }) { count } }`)],
];

interface Work {
  readonly answer: string;
  readonly tables: readonly (readonly TableWork[])[];
}

async function workFor(
  ask: Question,
  { url, reader, value }: { url: string; reader: string; value: string },
): Promise<Work> {
  recorded.take();
  const answer = await ask(url, reader, value);
  const tables: TableWork[][] = [];
  for (const statement of recorded.take()) {
    const work = await worksheet.workOf(statement);
    tables.push(work.filter(({ table }) => table === "students"));
  }
  return { answer, tables };
}

describe.each(["tutor", "consent"])("for %s, from whom rows are hidden", (reader) => {
  test.each(rowQuestions)(
    "%s costs the same work whether a hidden row has the value or none",
    async (_name, values, ask) => {
      for (const url of urls) {
        const [hidden, none] = [
          await workFor(ask, { url, reader, value: values[0] }),
          await workFor(ask, { url, reader, value: values[1] }),
        ];
        expect(hidden.answer).not.toContain('"errors"');
        expect(hidden.tables.flat().length).toBeGreaterThan(0);
        expect(JSON.stringify(hidden.tables)).not.toMatch(/Dynamic|p210000|4000/);
        expect(none.tables).toEqual(hidden.tables);
      }
    },
  );
});

test.each(groupQuestions)("for who sees groups only, %s costs the same work", async (_name, values, ask) => {
  for (const url of urls) {
    const [hidden, none] = [
      await workFor(ask, { url, reader: "groups", value: values[0] }),
      await workFor(ask, { url, reader: "groups", value: values[1] }),
    ];
    expect(none.answer).toBe(hidden.answer);
    expect(hidden.answer).not.toContain('"errors"');
    expect(hidden.tables.flat().length).toBeGreaterThan(0);
    expect(none.tables).toEqual(hidden.tables);
  }
});

test("for who sees everybody the engine uses what it knows", async () => {
  const ask = graphql('{ students(where: { unit: { eq: "$value" } }) { totalCount } }');
  const at = { url: urls[0] ?? "", reader: "everybody" };
  const [found, none] = [await workFor(ask, { ...at, value: "F" }), await workFor(ask, { ...at, value: "ZZ" })];
  expect(found.tables.flat()).toMatchObject([{ read: expect.any(Number) }]);
  expect(none.tables.flat()).toEqual([]);
});
