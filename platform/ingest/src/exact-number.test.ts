import { openLanding } from "@thoth/testing/landing";
import { quoteLiteral } from "@thoth/warehouse/sql-text";
import fc from "fast-check";
import { expect, test } from "vitest";
import { digitsBehindPoint } from "./exact-number.ts";
import { castText, castValue } from "./sifted-rows.ts";

test.each([
  ["DECIMAL(6,2)", 2],
  ["numeric ( 9 , 4 )", 4],
  ["DECIMAL(9)", 0],
  ["DECIMAL", 3],
  ["BIGINT", 0],
  ["utinyint", 0],
  ["int8", 0],
  ["DOUBLE", undefined],
  ["VARCHAR", undefined],
  ["INTERVAL", undefined],
  ["INTEGER[]", undefined],
])("%s has %s digits behind the point", (type, digits) => {
  expect(digitsBehindPoint(type)).toBe(digits);
});

const numbers: readonly [text: string, type: string, value: string | null][] = [
  ["1.25", "DECIMAL(6,2)", "1.25"],
  ["-1.2500000000000000000000000000", "DECIMAL(6,2)", "-1.25"],
  [" +.5 ", "DECIMAL(6,2)", "0.50"],
  ["5.", "DECIMAL(6,2)", "5.00"],
  ["1.255", "DECIMAL(6,2)", null],
  ["0.001", "DECIMAL(6,2)", null],
  ["1.2500000000000000000000000001", "DECIMAL(6,2)", null],
  ["0.30000000000000004", "DECIMAL(6,2)", "0.30"],
  ["0.9999999999999999", "DECIMAL(6,2)", "1.00"],
  ["0.3000000000000004", "DECIMAL(6,2)", null],
  ["0.3000000000004", "DECIMAL(6,2)", null],
  ["12345678901234567.125", "DECIMAL(20,2)", null],
  ["12345678901234567.12", "DECIMAL(20,2)", "12345678901234567.12"],
  ["1.25e1", "DECIMAL(6,2)", "12.50"],
  ["125e-2", "DECIMAL(6,2)", "1.25"],
  ["1255e-3", "DECIMAL(6,2)", null],
  ["1E2", "BIGINT", "100"],
  ["7.000", "BIGINT", "7"],
  ["7.5", "BIGINT", null],
  ["15e-1", "BIGINT", null],
  ["2.9999999999999996", "INTEGER", "3"],
  ["9007199254740993", "BIGINT", "9007199254740993"],
  ["9007199254740993.5", "BIGINT", null],
  ["0x1f", "BIGINT", "31"],
  ["many", "BIGINT", null],
  ["", "BIGINT", null],
  ["[1.5,2.50]", "DECIMAL(6,2)[]", "[1.50, 2.50]"],
  ["[1.5,2.505]", "DECIMAL(6,2)[]", null],
  ['{"n":7.5,"x":"a"}', "STRUCT(n BIGINT, x VARCHAR)", null],
  ['{"n":7.0,"x":"7.5"}', "STRUCT(n BIGINT, x VARCHAR)", "{'n': 7, 'x': 7.5}"],
  ['{"n":null,"x":[0.30000000000000004]}', "STRUCT(n INT, x DECIMAL(4,1)[])", "{'n': NULL, 'x': [0.3]}"],
  ['{"k":1.25}', "MAP(VARCHAR, DECIMAL(6,1))", null],
];

test("a number is what it was written as, or does not fit", async () => {
  await using landing = await openLanding();
  const found = await Array.fromAsync(numbers, async ([text, type]) => {
    const cast = castText({ name: "value", type });
    const [row] = await landing.engine.query(
      `SELECT (${cast})::VARCHAR AS cast FROM (SELECT ${quoteLiteral(text)} AS value)`,
    );
    return [text, type, row?.cast];
  });
  expect(found).toEqual(numbers);
});

const values: readonly [value: string, source: string, type: string, landed: string | null][] = [
  ["1.239", "DOUBLE", "DECIMAL(4,2)", null],
  ["0.1::DOUBLE + 0.2", "DOUBLE", "DECIMAL(4,2)", "0.30"],
  ["0.1", "FLOAT", "DECIMAL(4,2)", "0.10"],
  ["2.5", "DOUBLE", "BIGINT", null],
  ["3", "DOUBLE", "BIGINT", "3"],
  ["1.239", "DECIMAL(9,4)", "DECIMAL(4,2)", null],
  ["1.2300", "DECIMAL(9,4)", "DECIMAL(4,2)", "1.23"],
  ["1.5", "DECIMAL(9,1)", "DECIMAL(4,2)", "1.50"],
  ["'1.239'", "VARCHAR", "DECIMAL(4,2)", null],
  ["7", "BIGINT", "DECIMAL(4,2)", "7.00"],
  ["[1.5, 2.0]", "DOUBLE[]", "BIGINT[]", null],
  ["[1.0, 2.0]", "DOUBLE[]", "BIGINT[]", "[1, 2]"],
];

test("a value that has a type is as exact", async () => {
  await using landing = await openLanding();
  const found = await Array.fromAsync(values, async ([value, source, type]) => {
    const cast = castValue(() => source)({ name: "value", type });
    const [row] = await landing.engine.query(
      `SELECT (${cast})::VARCHAR AS cast FROM (SELECT (${value})::${source} AS value)`,
    );
    return [value, source, type, row?.cast];
  });
  expect(found).toEqual(values);
});

test("whatever the decimal, it lands with its digits or not at all, or is that very binary number", async () => {
  await using landing = await openLanding();
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{0,${most}}$`));
  const decimal = fc.tuple(digits(20), digits(25), fc.constantFrom("", "0", "0000"));
  const decimals = fc.sample(decimal, { numRuns: 3000, seed: 7 });
  const rows = decimals.map(([whole, behind, zeros]) => `(${quoteLiteral(`0${whole}.${behind}${zeros}`)})`);
  const found = await landing.engine.query(
    `SELECT value, (${castText({ name: "value", type: "DECIMAL(24,4)" })})::VARCHAR AS landed FROM (VALUES ${rows.join(", ")}) AS t(value)`,
  );
  expect(found).toHaveLength(decimals.length);
  for (const { value, landed } of found) {
    const [whole = "", behind = ""] = String(value).split(".");
    const kept = behind.replace(/0+$/, "");
    const exact = `${whole.replace(/^0+(?=\d)/, "")}.${kept.padEnd(4, "0")}`;
    if (kept.length <= 4) expect(landed).toBe(exact);
    else if (landed !== null) expect(isNoise(exact, Number(landed)), `${value} as ${landed}`).toBe(true);
  }
});

function isNoise(written: string, landed: number): boolean {
  const value = Number(written);
  return String(value) === written && Math.abs(value - landed) <= 1e-15 * Math.abs(value);
}
