import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FileDoor, maskKey, openFileDoor } from "./fixtures/file-door.ts";

const open = { classification: "public" } as const;
const now = Date.parse("2027-01-05T12:00:00Z");
const inBrownOut = Date.parse("2027-02-01T10:00:00Z");

const promised: SmallProduct = {
  id: "lab/samples",
  object: "sample",
  key: ["id"],
  columns: { id: { logicalType: "integer", ...open }, name: { logicalType: "string", ...open } },
};

const samples: SmallProduct = {
  ...promised,
  version: "2.0.0",
  columns: {
    id: { logicalType: "integer", ...open },
    title: { logicalType: "string", ...open },
    old: {
      logicalType: "string",
      ...open,
      deprecated: true,
      customProperties: [
        { property: "deprecationReason", value: "Nobody looks it up." },
        { property: "deprecatedSince", value: "2026-12-01" },
        { property: "endOfSupport", value: "2027-06-01" },
        { property: "brownOuts", value: [{ from: "2027-02-01T09:00:00Z", to: "2027-02-01T11:00:00Z" }] },
      ],
    },
  },
  rows: "from (values (1, 'one', 'x'), (2, 'two', null)) t(id, title, old)",
  contract: {
    customProperties: [
      {
        property: "previousMajors",
        value: [
          {
            major: 1,
            deprecatedSince: "2026-11-22",
            endOfSupport: "2027-02-20",
            deprecationReason: "The name is called title now.",
            brownOuts: [{ from: "2027-02-01T09:00:00Z", to: "2027-02-01T11:00:00Z" }],
          },
        ],
      },
    ],
  },
  previous: { promised, sql: "select id, title as name from lab.product.samples_v2" },
};

let mesh: SmallMesh;
let door: FileDoor;
let later: FileDoor;

beforeAll(async () => {
  mesh = await openSmallMesh([samples], { now, maskKey });
  door = await openFileDoor(mesh, { changes: { clock: () => now } });
  later = await openFileDoor(mesh, { changes: { clock: () => inBrownOut } });
});

afterAll(async () => {
  await later?.[Symbol.asyncDispose]();
  await door?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const text = async (path: string, at = door) => (await fetch(`${at.url}/products/lab/samples${path}`)).text();

test("major versions are files of their own, from one state", async () => {
  expect(await text(".csv")).toBe('id,title,old\r\n1,"one","x"\r\n2,"two",\r\n');
  expect(await text("/v2.csv")).toBe(await text(".csv"));
  expect(await text("/v1.csv")).toBe('id,name\r\n1,"one"\r\n2,"two"\r\n');
  expect(await text("/v1.ndjson?where=%7B%22name%22%3A%7B%22eq%22%3A%22two%22%7D%7D")).toBe('{"id":2,"name":"two"}\n');
});

test("an earlier one says that it is on its way out, and until when", async () => {
  const old = await fetch(`${door.url}/products/lab/samples/v1.csv`, { method: "HEAD" });
  expect(Object.fromEntries(old.headers)).toMatchObject({
    deprecation: `@${Date.parse("2026-11-22") / 1000}`,
    sunset: "Sat, 20 Feb 2027 00:00:00 GMT",
    "content-disposition": 'attachment; filename="samples_2027-01-05.csv"',
  });
  expect((await fetch(`${door.url}/products/lab/samples.csv`, { method: "HEAD" })).headers.get("sunset")).toBeNull();
  expect(await (await fetch(`${door.url}/products/lab/samples`)).json()).toMatchObject({
    versions: [
      { version: "2.0.0", csv: "/products/lab/samples.csv" },
      { version: "1.0.0", csv: "/products/lab/samples/v1.csv" },
    ],
  });
});

test("in a brown-out a version is refused, and a column to those who name it", async () => {
  expect(JSON.parse(await text("/v1.csv", later))).toMatchObject({ code: "gateway/brown-out", status: 503 });
  expect(JSON.parse(await text(".csv?select=old", later))).toMatchObject({ code: "gateway/brown-out" });
  expect(JSON.parse(await text(".csv?order=old", later))).toMatchObject({ code: "gateway/brown-out" });
  expect(await text(".csv", later)).toBe('id,title\r\n1,"one"\r\n2,"two"\r\n');
});
