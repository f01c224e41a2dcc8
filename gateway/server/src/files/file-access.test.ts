import { decide } from "@thoth/access/decide";
import { anonymous, type Decision } from "@thoth/access/decision";
import { camelCase } from "@thoth/kernel/names";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../fixtures/campus.ts";
import { doorAt } from "../fixtures/door.ts";
import { readings } from "./fixtures/everything.ts";
import { type FileDoor, maskKey, openFileDoor } from "./fixtures/file-door.ts";
import { askFile, readCsv } from "./fixtures/read-file.ts";

let mesh: SmallMesh;
let door: FileDoor;
/** What everybody gets. */
let decision: Decision;

beforeAll(async () => {
  mesh = await openSmallMesh([readings], { now, maskKey });
  decision = decided({});
  door = await openFileDoor(mesh, { changes: { decide: () => decision } });
});

afterAll(async () => {
  await door?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

const columns = ["id", "label", "small", "day", "kind"];

function decided(changes: Partial<Decision>): Decision {
  const open = decide(anonymous, mesh.model("lab/readings"), undefined);
  const shown = { ...open.columns, ...changes.columns };
  return { ...open, ...changes, columns: shown, fingerprint: JSON.stringify(changes) };
}

const allMasked = {
  columns: { label: "masked", small: "masked", day: "masked", kind: "masked" },
  masks: {
    label: { kind: "hash" },
    small: { kind: "bucket", every: 5 },
    day: { kind: "bucket", every: "year" },
    kind: { kind: "partial", keep: 2 },
  },
  salt: "a salt of sixteen",
} as const satisfies Partial<Decision>;

describe.each<[string, Partial<Decision>]>([
  ["masks", allMasked],
  ["a mask that is nothing", { columns: { label: "masked" } }],
  ["a filter of rows by what is stored", { rowFilter: "secret = 'top' AND NOT isnan(share)" }],
  ["both", { ...allMasked, rowFilter: "label IS NOT NULL" }],
  ["a hashed key", { columns: { id: "clear", label: "masked" }, masks: { label: { kind: "hash" } }, salt: "other" }],
])("under %s every format holds what GraphQL answers", (_what, changes) => {
  const shown = columns.filter((name) => name !== "kind");
  const path = () => `${door.url}/products/lab/readings`;
  const query = `select=${shown.join(",")}&order=label,-small`;

  test("rows and values", async () => {
    decision = decided(changes);
    const { data } = await doorAt(door.url)(
      `{ readings(orderBy: [{ label: ASC }, { small: DESC }]) { nodes { ${shown.map(camelCase).join(" ")} } } }`,
    );
    const expected = data.readings.nodes as Record<string, unknown>[];
    expect(await (await fetch(`${path()}.json?${query}`)).json()).toEqual(expected);
    const csv = readCsv(await (await fetch(`${path()}.csv?${query}`)).text());
    const texts = expected.map((row) =>
      Object.fromEntries(shown.map((name) => [name, row[name] === null ? null : String(row[name])])),
    );
    expect(csv).toEqual(texts);
    await using dir = await tempDir();
    const parquet = Buffer.from(await (await fetch(`${path()}.parquet?${query}`)).arrayBuffer());
    const rows = await askFile(dir.path, parquet, (file) => `select columns(*)::varchar from read_parquet(${file})`);
    expect(rows).toEqual(texts.map((row) => shown.map((name) => row[name])));
    const arrow = tableFromIPC(Buffer.from(await (await fetch(`${path()}.arrow?${query}`)).arrayBuffer()));
    expect([...(arrow.getChild("label") ?? [])]).toEqual(expected.map(({ label }) => label));
  });

  test("filters see what is shown, not what is stored", async () => {
    decision = decided(changes);
    for (const where of [{ label: { eq: "plain" } }, { small: { lt: 3 } }]) {
      const { data } = await doorAt(door.url)(
        "query ($where: ReadingWhere) { readings(where: $where) { totalCount } }",
        {
          variables: { where },
        },
      );
      const response = await fetch(`${path()}.csv?where=${encodeURIComponent(JSON.stringify(where))}`, {
        method: "HEAD",
      });
      expect([where, response.headers.get("x-mesh-rows")]).toEqual([where, String(data.readings.totalCount)]);
    }
  });
});

test("masks need no key in any text, and are those of the other ports", async () => {
  decision = decided(allMasked);
  const { label } = (
    (await (await fetch(`${door.url}/products/lab/readings.json?select=label&limit=1`)).json()) as {
      label: string;
    }[]
  )[0] as { label: string };
  expect(label).toMatch(/^[0-9a-f]{16}$/);
  const parquet = Buffer.from(await (await fetch(`${door.url}/products/lab/readings.parquet`)).arrayBuffer());
  expect(parquet.includes(label)).toBe(true);
  expect(parquet.includes(maskKey)).toBe(false);
});

test("equal questions under different decisions share nothing", async () => {
  const tags = new Set<string | null>();
  for (const changes of [{}, allMasked, { ...allMasked, salt: "another salt" }]) {
    decision = decided(changes);
    const response = await fetch(`${door.url}/products/lab/readings.parquet`, {
      headers: { "if-none-match": [...tags].join(", ") },
    });
    expect(response.status).toBe(200);
    tags.add(response.headers.get("etag"));
    await response.arrayBuffer();
  }
  expect(tags.size).toBe(3);
});

test("where only numbers over groups may be read, no file is", async () => {
  const grouping = { subject: "label", dimensions: ["kind"], types: { kind: "VARCHAR" } };
  decision = decided({ grouping, minGroupSize: 5, columns: { small: "aggregated", label: "denied" } });
  for (const format of ["json", "csv", "parquet", "arrow", "ndjson"]) {
    const response = await fetch(`${door.url}/products/lab/readings.${format}`);
    expect([format, ((await response.json()) as { code: string }).code]).toEqual([format, "access/aggregates-only"]);
  }
  const { errors } = await doorAt(door.url)("{ readings { nodes { id } } }");
  expect(errors[0]?.extensions.code).toBe("access/aggregates-only");
});

test("reads and refusals are written down, with rows and columns", async () => {
  decision = decided({});
  const entries: { outcome: string; rows: number | null; columns: readonly string[]; code: string | null }[] = [];
  const trail = {
    record: (entry: unknown) => void entries.push(entry as (typeof entries)[number]),
    recorded: async (entry: unknown) => void entries.push(entry as (typeof entries)[number]),
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using audited = await openFileDoor(mesh, { changes: { audit: trail, decide: () => decision } });
  const path = `${audited.url}/products/lab/readings`;
  await (await fetch(`${path}.csv?select=label&order=small`)).text();
  await (await fetch(`${path}.parquet?select=id`)).arrayBuffer();
  await (await fetch(`${path}.csv?select=secret`)).text();
  await expect.poll(() => entries.length).toBe(4);
  const told = entries.map(({ outcome, rows, columns: read, code }) => ({ outcome, rows, columns: read, code }));
  expect(told).toEqual([
    { outcome: "begun", rows: null, columns: ["id", "label", "small"], code: null },
    { outcome: "allowed", rows: 5, columns: ["id", "label", "small"], code: null },
    { outcome: "allowed", rows: 5, columns: ["id"], code: null },
    { outcome: "refused", rows: 0, columns: [], code: "access/column-denied" },
  ]);
});

test("a read that cannot be written down is not answered", async () => {
  decision = decided({ agreement: "agreement-1" });
  const trail = {
    record: () => undefined,
    recorded: async () => {
      const { accessError } = await import("@thoth/access/errors");
      throw accessError["audit-unavailable"]({ reason: "the disk is full" } as never);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
  await using audited = await openFileDoor(mesh, { changes: { audit: trail, decide: () => decision } });
  for (const format of ["csv", "parquet"]) {
    const response = await fetch(`${audited.url}/products/lab/readings.${format}`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      503,
      "access/audit-unavailable",
    ]);
  }
});
