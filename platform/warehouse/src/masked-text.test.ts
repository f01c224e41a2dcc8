import type { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defineMaskedText } from "./masked-text.ts";
import { connectEngine, openEngine } from "./open-engine.ts";

const resources = new AsyncDisposableStack();
let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await openEngine({ threads: 1 });
  resources.defer(() => instance.closeSync());
});
afterAll(() => resources.disposeAsync());

async function askOnce(sql: string, key: string): Promise<unknown> {
  const connection = await connectEngine(instance);
  try {
    await defineMaskedText(connection, key);
    return (await connection.runAndReadAll(`select ${sql}`)).getRowsJson()[0]?.[0];
  } finally {
    connection.closeSync();
  }
}

test.each(["masked_text", "masked_order"])(
  "%s is the same for one value, salt and key, and for no other",
  async (macro) => {
    const first = await askOnce(`${macro}('p1', 'a')`, "one key");
    expect(await askOnce(`${macro}('p1', 'a')`, "one key")).toBe(first);
    const others = [
      await askOnce(`${macro}('p2', 'a')`, "one key"),
      await askOnce(`${macro}('p1', 'b')`, "one key"),
      await askOnce(`${macro}('p1', 'a')`, "another key"),
    ];
    expect(new Set([first, ...others]).size).toBe(4);
    expect(await askOnce(`${macro}(null, 'a')`, "one key")).toBeNull();
  },
);

test("rows are ordered by values of any type", async () => {
  expect(await askOnce("masked_order(7, 'a') = masked_order('7', 'a')", "one key")).toBe(true);
  expect(await askOnce("typeof(masked_order(date '2026-01-01', 'a'))", "one key")).toMatch(/HUGEINT/);
});
