import { camelCase } from "@thoth/kernel/names";
import { columnType } from "@thoth/subgraph/column-type";
import { enumValueNames } from "@thoth/subgraph/type-names";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../fixtures/campus.ts";
import { doorAt } from "../fixtures/door.ts";
import { eras, readings } from "./fixtures/everything.ts";
import { type FileDoor, maskKey, openFileDoor } from "./fixtures/file-door.ts";
import { askFile, type FileRow, readCsv } from "./fixtures/read-file.ts";

let mesh: SmallMesh;
let door: FileDoor;
let dir: TempDir;

beforeAll(async () => {
  mesh = await openSmallMesh([readings, eras], { now, maskKey });
  door = await openFileDoor(mesh);
  dir = await tempDir();
});

afterAll(async () => {
  await door?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});

const shown = Object.keys(readings.columns).filter((name) => name !== "secret");
const ordered = shown.filter((name) => !["words", "numbers", "extra"].includes(name));

const condition = fc.oneof(
  fc.record({ id: fc.oneof(fc.constant({ gt: 2 }), fc.constant({ in: [1, 5, "9007199254740993"] })) }),
  fc.record({ label: fc.constantFrom({ isNull: true }, { contains: "lain" }, { eq: "" }, { ne: "plain" }) }),
  fc.record({ kind: fc.constantFrom({ eq: "FINE_ARTS" }, { ne: "C" }, { isNull: false }) }),
  fc.record({ price: fc.constantFrom({ gte: "0" }, { lt: 1 }) }),
  fc.record({ share: fc.constantFrom({ lte: 0.5 }, { isNull: true }) }),
  fc.record({ moment: fc.constantFrom({ gt: "2000-01-01T00:00:00Z" }, { withinLast: "P30D" }) }),
  fc.record({ words: fc.constantFrom({ hasAny: ["a", "=x"] }, { isNull: false }) }),
);

interface Question {
  readonly select: string[];
  readonly order: string[];
  readonly where: object | undefined;
  readonly limit: number;
}

const question: fc.Arbitrary<Question> = fc.record({
  select: fc.uniqueArray(fc.constantFrom(...shown), { minLength: 1, maxLength: 6 }),
  order: fc.uniqueArray(
    fc.constantFrom(...ordered).chain((name) => fc.constantFrom(name, `-${name}`)),
    { maxLength: 3, selector: (term) => term.replace("-", "") },
  ),
  where: fc.option(
    fc.oneof(
      condition,
      fc.array(condition, { maxLength: 2 }).map((or) => ({ or })),
      condition.map((not) => ({ not })),
    ),
    { nil: undefined },
  ),
  limit: fc.integer({ min: 0, max: 6 }),
});

/** What GraphQL answers, with the names of the contract. */
async function graphqlRows({ select, order, where, limit }: Question): Promise<FileRow[]> {
  const orderBy = order.map((term) => ({
    [camelCase(term.replace("-", ""))]: term.startsWith("-") ? "DESC" : "ASC",
  }));
  const query = `query ($where: ReadingWhere, $orderBy: [ReadingOrderBy!]) {
    readings(where: $where, orderBy: $orderBy, first: ${limit}) { nodes { ${select.map(camelCase).join(" ")} } }
  }`;
  const { data, errors } = await doorAt(door.url)(query, { variables: { where, orderBy } });
  expect(errors).toEqual([]);
  return data.readings.nodes.map((node: FileRow) =>
    Object.fromEntries(select.map((name) => [name, storedName(name, node[camelCase(name)])])),
  );
}

/** GraphQL must rename values of closed sets; files need not. */
function storedName(column: string, value: unknown): unknown {
  const { values = [] } = columnType(modelColumn(column));
  return [...enumValueNames(values)].find(([, name]) => name === value)?.[0] ?? value;
}

function modelColumn(name: string) {
  const column = mesh.model("lab/readings").columns.find((each) => each.name === name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return column;
}

function addressOf(format: string, { select, order, where, limit }: Question): string {
  const query = new URLSearchParams({ select: select.join(","), limit: String(limit) });
  if (order.length > 0) query.set("order", order.join(","));
  if (where !== undefined) query.set("where", JSON.stringify(where));
  return `${door.url}/products/lab/readings.${format}?${query}`;
}

async function bytesOf(format: string, asked: Question): Promise<Buffer> {
  const response = await fetch(addressOf(format, asked));
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(response.status, bytes.toString()).toBe(200);
  return bytes;
}

const isText = (name: string) => ["string", "enum"].includes(columnType(modelColumn(name)).kind);

/** A value as CSV has it; numbers that JSON cannot hold are texts there, and texts here. */
function csvValue(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (isText(name) || typeof value === "string") return String(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

describe("for random questions", () => {
  test("JSON and NDJSON hold what GraphQL answers", () =>
    fc.assert(
      fc.asyncProperty(question, async (asked) => {
        const expected = await graphqlRows(asked);
        expect(JSON.parse((await bytesOf("json", asked)).toString())).toEqual(expected);
        const lines = (await bytesOf("ndjson", asked)).toString().split("\n");
        expect(lines.pop()).toBe("");
        expect(lines.map((line) => JSON.parse(line))).toEqual(expected);
      }),
      { numRuns: 40 },
    ));

  test("CSV holds the same", () =>
    fc.assert(
      fc.asyncProperty(question, async (asked) => {
        const expected = await graphqlRows(asked);
        const rows = readCsv((await bytesOf("csv", asked)).toString());
        expect(rows).toHaveLength(expected.length);
        for (const [index, row] of rows.entries())
          for (const name of asked.select) {
            const [value, other] = [row[name], csvValue(name, expected[index]?.[name])];
            const kind = columnType(modelColumn(name)).kind;
            if (kind === "float" && value !== null) expect(Number(value)).toBe(Number(other));
            else if ((kind === "json" || kind === "list") && value !== null)
              expect(JSON.parse(String(value))).toEqual(expected[index]?.[name]);
            else expect(value).toBe(other);
          }
      }),
      { numRuns: 20 },
    ));

  test("Parquet and Arrow hold the same rows in the same order, with the columns' own types", () =>
    fc.assert(
      fc.asyncProperty(question, async (asked) => {
        const withKey = { ...asked, select: [...new Set(["id", ...asked.select])] };
        const ids = (await graphqlRows(withKey)).map((row) => BigInt(row.id as string));
        const arrow = tableFromIPC(await bytesOf("arrow", withKey));
        expect(arrow.schema.fields.map(({ name }) => name)).toEqual(withKey.select);
        expect([...(arrow.getChild("id") ?? [])]).toEqual(ids);
        const parquet = await bytesOf("parquet", withKey);
        const found = await askFile(dir.path, parquet, (file) => `select id from read_parquet(${file})`);
        expect(found.map(([id]) => BigInt(String(id)))).toEqual(ids);
      }),
      { numRuns: 15 },
    ));
});

const everything: Question = { select: shown, order: [], where: undefined, limit: 100 };

test("times beyond four digits of a year are written as GraphQL writes them, and dates likewise", async () => {
  const { data } = await doorAt(door.url)("{ eras { nodes { id moment instant } } }");
  const days = ["-000043-03-15", "+020000-01-01", "9999-12-31"];
  const expected = data.eras.nodes.map((row: FileRow, index: number) => ({ ...row, day: days[index] }));
  const path = `${door.url}/products/lab/eras`;
  expect(await (await fetch(`${path}.json`)).json()).toEqual(expected);
  const texts = expected.map((row: FileRow) => ({ ...row, id: String(row.id) }));
  expect(readCsv(await (await fetch(`${path}.csv`)).text())).toEqual(texts);
});

test("DuckDB reads from Parquet what is stored, with null where JSON has it", async () => {
  const parquet = await bytesOf("parquet", everything);
  const types = await askFile(
    dir.path,
    parquet,
    (file) => `select column_name, column_type from (describe from read_parquet(${file}))`,
  );
  expect(Object.fromEntries(types as [string, string][])).toMatchObject({
    id: "BIGINT",
    small: "SMALLINT",
    wide: "DECIMAL(38,0)",
    price: "DECIMAL(12,2)",
    exact: "DECIMAL(38,10)",
    flag: "BOOLEAN",
    day: "DATE",
    moment: "TIMESTAMP",
    instant: "TIMESTAMP WITH TIME ZONE",
    clock: "TIME",
    words: "VARCHAR[]",
    numbers: "INTEGER[]",
  });
  // JSON is written anew, without its spaces.
  const text = "coalesce(cast(columns(* exclude (extra)) as varchar), '–')";
  const rows = await askFile(dir.path, parquet, (file) => `select ${text} from read_parquet(${file})`);
  const stored = await mesh.readSide.query(
    `select ${text} from (select ${shown.map((name) => `"${name}"`).join(", ")} from lab.finite.readings order by id)`,
  );
  const finite = (value: unknown) => (value === "infinity" ? "–" : value);
  expect(rows).toEqual(stored.map((row) => Object.values(row).map(finite)));
});

test("an Arrow reader finds the values of every kind", async () => {
  const table = tableFromIPC(await bytesOf("arrow", everything));
  const [first = {}, second = {}] = table.toArray() as FileRow[];
  expect(Object.fromEntries(table.schema.fields.map(({ name, type }) => [name, String(type)]))).toMatchObject({
    id: "Int64",
    price: "Decimal[12e+2]",
    day: "Date32<DAY>",
    moment: "Timestamp<MICROSECOND>",
    instant: "Timestamp<MICROSECOND, UTC>",
    words: "List<Utf8>",
  });
  expect({ ...first }).toMatchObject({ label: "plain", small: 1, share: 1.5, flag: true, extra: '{"a":[1,null,"x"]}' });
  expect([...(first.words as Iterable<unknown>)]).toEqual(["a", null, 'ü "x"']);
  expect(second).toMatchObject({ share: null, instant: null, numbers: null });
  expect([...(second.words as Iterable<unknown>)]).toEqual([]);
  const exact = table.getChild("exact");
  expect([0, 1, 2].map((row) => String(exact?.get(row)))).toEqual(["1", "-125000000000", "0"]);
});
