import { anonymous } from "@thoth/access/decision";
import type { ReadCount } from "@thoth/contract/impact/read-count";
import type { ProductModel } from "@thoth/contract/product-model";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Reader, UsageTally } from "./usage-tally.ts";

const hour = Date.UTC(2026, 2, 18, 12);
const hourMs = 3_600_000;
const model = { id: "campus/courses", version: "1.0.0" } as ProductModel;

function reads(...columns: string[]) {
  return [{ model, columns }];
}

function reader(name: string, more: Partial<Reader> = {}): Reader {
  const principal = { ...anonymous, kind: "person" as const, name };
  return { principal, purpose: undefined, port: "graphql", mayRead: () => true, now: hour + 5, ...more };
}

function total(counts: readonly ReadCount[]): number {
  return counts.reduce((sum, count) => sum + count.reads, 0);
}

test("equal uses are one count, whatever document they come from", () => {
  const tally = new UsageTally();
  for (const document of [reads("code", "name"), reads("code", "name")]) {
    tally.add(document, reader("ada"));
    tally.add(document, reader("ada"));
  }
  const reader_ = { consumer: "ada", domain: undefined, purpose: undefined, kind: "person", port: "graphql" };
  expect(tally.take()).toEqual([
    { hour, product: "campus/courses", version: "1.0.0", columns: ["code", "name"], ...reader_, reads: 4 },
  ]);
  expect(tally.take()).toEqual([]);
});

test("readers are kept apart by what they say of themselves, and hours by the clock, set back or not", () => {
  const tally = new UsageTally();
  const document = reads();
  const as = (roles: string[], attributes: Record<string, string>) => ({ name: "ada", roles, attributes });
  tally.add(document, reader("ada"));
  tally.add(document, reader("ada", { purpose: "teaching" }));
  tally.add(document, { ...reader("ada"), principal: as([], { domain: "library" }) });
  tally.add(document, { ...reader("ada"), principal: as(["steward"], { domain: "library" }) });
  tally.add(document, reader("ada", { now: hour + hourMs }));
  tally.add(document, reader("ada", { now: hour }));
  expect(tally.take().map((count) => [count.hour - hour, count.domain, count.purpose, count.reads])).toEqual([
    [0, undefined, undefined, 2],
    [0, undefined, "teaching", 1],
    [0, "library", undefined, 2],
    [hourMs, undefined, undefined, 1],
  ]);
});

test("ports are kept apart, and what other ports tell of is counted with the rest", () => {
  const tally = new UsageTally();
  const use = { product: model.id, version: model.version, columns: ["code"], consumer: "ada", domain: undefined };
  tally.add(reads("code"), reader("ada"));
  tally.addUse({ ...use, hour: hour + 7, purpose: undefined, kind: "person", port: "graphql" });
  tally.addUse({ ...use, hour: hour + 7, purpose: "teaching", kind: "service", port: "sql" });
  expect(tally.take().map(({ purpose, kind, port, reads: times }) => [purpose, kind, port, times])).toEqual([
    [undefined, "person", "graphql", 2],
    ["teaching", "service", "sql", 1],
  ]);
});

test("what may not be read is asked once, and not counted", () => {
  const tally = new UsageTally();
  const asked: (string | undefined)[] = [];
  const mayRead: Reader["mayRead"] = (_product, column) => {
    asked.push(column);
    return column !== "secret";
  };
  const document = reads("name", "secret");
  for (let i = 0; i < 3; i++) tally.add(document, reader("ada", { mayRead }));
  tally.add(reads("name"), reader("bob", { mayRead: () => false }));
  expect(tally.take()).toMatchObject([{ columns: ["name"], reads: 3 }]);
  expect(asked).toEqual([undefined, "name", "secret"]);
});

test.each([
  ["a name with what a database does not take", "a\u0000b\ud800c\n", "a\ufffdb\ufffdc\ufffd"],
  ["a name without end", "é".repeat(500), `${"é".repeat(149)}…`],
  ["a name that is cut inside of a character", `${"x".repeat(148)}💡💡`, `${"x".repeat(148)}\ufffd…`],
])("%s is made one that can be kept", (_what, name, kept) => {
  const tally = new UsageTally();
  tally.add(reads(), reader(name, { purpose: name }));
  expect(tally.take()).toMatchObject([{ consumer: kept, purpose: kept }]);
});

test("too many different uses are counted together, with all their columns, until the hour ends", () => {
  let overflows = 0;
  const tally = new UsageTally({ most: 3, onOverflow: () => overflows++ });
  for (const name of ["a", "b", "c", "d", "e"]) tally.add(reads(`column_${name}`), reader(name));
  tally.add(reads("column_a"), reader("a"));
  const many = { consumer: "(many)", domain: undefined, purpose: undefined };
  expect(tally.take()).toMatchObject([
    { consumer: "a", reads: 2 },
    { consumer: "b" },
    { consumer: "c" },
    { ...many, columns: ["column_d", "column_e"], reads: 2 },
  ]);
  tally.add(reads("column_a"), reader("a"));
  tally.add(reads("column_f"), reader("f"));
  expect(tally.take()).toMatchObject([{ consumer: "a" }, { ...many, columns: ["column_f"] }]);
  expect(overflows).toBe(1);
  tally.add(reads("column_f"), reader("f", { now: hour + hourMs }));
  expect(tally.take()).toMatchObject([{ consumer: "f" }]);
});

test("memory is bounded, whoever asks for whatever, and no use is lost", () => {
  const most = 20;
  const use = fc.record({
    name: fc.nat({ max: 50 }).map(String),
    column: fc.nat({ max: 50 }).map(String),
    later: fc.nat({ max: 2 }),
    take: fc.nat({ max: 30 }).map((n) => n === 0),
  });
  const property = fc.property(fc.array(use, { maxLength: 300 }), (uses) => {
    const tally = new UsageTally({ most });
    const taken: ReadCount[] = [];
    for (const { name, column, later, take } of uses) {
      tally.add(reads(column), reader(name, { now: hour + later * hourMs }));
      if (take) taken.push(...bounded(tally.take()));
    }
    taken.push(...bounded(tally.take()));
    expect(total(taken)).toBe(uses.length);
    for (const { column } of uses) expect(taken.some(({ columns }) => columns.includes(column))).toBe(true);
  });
  const bounded = (counts: ReadCount[]) => {
    expect(counts.length).toBeLessThanOrEqual(most + 3);
    return counts;
  };
  fc.assert(property, { seed: 20260318 });
});
