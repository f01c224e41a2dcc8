import { smallContracts } from "@thoth/testing/small-contract";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { extentOf, rowsOfOnePart } from "./file-outline.ts";
import { type Look, sizedParts } from "./file-parts.ts";
import { planFile } from "./file-plan.ts";
import { textStatement } from "./file-text.ts";
import { openTestEngine, type TestEngine } from "./fixtures/engine.ts";

const open = { classification: "public" } as const;
const [contract] = smallContracts([
  {
    id: "lab/notes",
    object: "note",
    key: ["id"],
    columns: {
      id: { logicalType: "integer", physicalType: "BIGINT", ...open },
      kind: { logicalType: "integer", physicalType: "INTEGER", ...open },
      body: { logicalType: "string", physicalType: "VARCHAR", ...open },
      details: { logicalType: "object", physicalType: "JSON", ...open },
    },
  },
]);
const model = contract?.model;

let engine: TestEngine;
let look: Look;

beforeAll(async () => {
  engine = await openTestEngine(["lab"]);
  await engine.run("create table lab.product.notes (id bigint, kind integer, body varchar, details json)");
  look = async ({ sql, params }) => (await engine.query(sql, params))[0] ?? {};
});
afterAll(() => engine[Symbol.asyncDispose]());

/** Of values: a number counts 24, as there. */
const limitBytes = 2_000;
const valueBytes = ({ body, details }: Row) => 4 * 24 + (body?.length ?? 0) + (details?.length ?? 0);

interface Row {
  readonly id: number;
  readonly kind: number;
  readonly body: string | null;
  readonly details: string | null;
}

// Most are short, and any may be longer than a part.
const length = fc.oneof(
  { weight: 8, arbitrary: fc.nat(40) },
  { weight: 2, arbitrary: fc.nat(900) },
  { weight: 1, arbitrary: fc.integer({ min: 1_500, max: 6_000 }) },
);
const text = fc.option(
  length.map((size) => "x".repeat(size)),
  { freq: 6 },
);
const rowsOf = fc
  .array(fc.record({ kind: fc.nat(2), body: text, details: text }), { minLength: 1, maxLength: 60 })
  .map((rows) =>
    rows.map(({ details, ...row }, id): Row => ({ ...row, id, details: details === null ? null : `"${details}"` })),
  );

test("no part holds more than it may and one row, and together they are the file", async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf, fc.constantFrom("id", "kind"), fc.boolean(), async (rows, column, descending) => {
      if (model === undefined) throw new Error("there is a contract");
      await engine.run("delete from lab.product.notes");
      await engine.query(
        "insert into lab.product.notes select unnest($1::bigint[]), unnest($2::integer[]), unnest($3::varchar[]), unnest($4::varchar[])::json",
        [
          rows.map(({ id }) => id),
          rows.map(({ kind }) => kind),
          rows.map(({ body }) => body),
          rows.map((row) => row.details),
        ],
      );
      const columns = Object.fromEntries(model.columns.map(({ name }) => [name, "clear" as const]));
      const decision = { ...openDecision, columns };
      const order = [{ column, direction: descending ? ("DESC" as const) : ("ASC" as const) }];
      const plan = planFile(model, { order }, { decision, now: 0 });
      const outline = { ...extentOf(plan, rows.length, null), cuts: [] };
      const told: number[] = [];
      let first = true;
      for await (const part of sizedParts(plan, outline, look, limitBytes)) {
        expect(part.isFirst).toBe(first);
        first = false;
        const { sql, params } = textStatement(plan, part, { format: "ndjson", safe: false });
        const lines = Buffer.concat([...(await engine.bytes(sql, params))])
          .toString()
          .trimEnd()
          .split("\n");
        const ids = lines.map((line) => Number(JSON.parse(line).id));
        const sizes = ids.map((id) => valueBytes(rows[id] as Row));
        expect(sizes.reduce((sum, size) => sum + size, 0) - Math.max(...sizes)).toBeLessThanOrEqual(limitBytes);
        told.push(...ids);
      }
      const sign = descending ? -1 : 1;
      const sorted = rows.toSorted((a, b) =>
        column === "kind" ? sign * (a.kind - b.kind) || a.id - b.id : sign * (a.id - b.id),
      );
      expect(told).toEqual(sorted.map(({ id }) => id));
    }),
    { numRuns: 60 },
  );
});

test("where rows are hidden, the longest row tells once that no part is long", async () => {
  if (model === undefined) throw new Error("there is a contract");
  await engine.run("delete from lab.product.notes");
  // Those of the first kind are hidden, however long they are.
  await engine.run(
    "insert into lab.product.notes select i, i % 3, repeat('x', if(i % 3 = 1, 100000, 300)), null from range(60) t(i)",
  );
  const columns = Object.fromEntries(model.columns.map(({ name }) => [name, "clear" as const]));
  const decision = { ...openDecision, columns, rowFilter: '"kind" <> 1' };
  const plan = planFile(model, {}, { decision, now: 0 });
  const outline = { rows: 40, truncated: false, end: null, cuts: [["20"], ["41"]] };
  const read = async (limit?: number) => {
    const [ids, looks]: [number[], string[]] = [[], []];
    const noted: Look = (statement) => {
      looks.push(statement.sql);
      return look(statement);
    };
    let parts = 0;
    for await (const part of sizedParts(plan, outline, noted, limit)) {
      const { sql, params } = textStatement(plan, part, { format: "ndjson", safe: false });
      const text = Buffer.concat([...(await engine.bytes(sql, params))]).toString();
      ids.push(
        ...text
          .trimEnd()
          .split("\n")
          .map((line) => Number(JSON.parse(line).id)),
      );
      parts += 1;
    }
    return { ids, looks: looks.length, parts };
  };
  const ids = Array.from({ length: 60 }, (_, id) => id).filter((id) => id % 3 !== 1);
  const [short, long] = [await read(396 * rowsOfOnePart(plan)), await read(limitBytes)];
  expect(short).toEqual({ ids, looks: 1, parts: 3 });
  expect(long.ids).toEqual(ids);
  expect(long.parts).toBeGreaterThan(6);
});

const openDecision = {
  masks: {},
  readable: true,
  rowFilter: null,
  minGroupSize: 1,
  grouping: null,
  salt: "",
  purpose: null,
  expiresAt: null,
  agreement: null,
  reasons: [],
  fingerprint: "all",
};
