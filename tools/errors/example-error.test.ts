import { expect, test } from "vitest";
import { exampleOf } from "./example-error.ts";

// biome-ignore lint/suspicious/noExplicitAny: each case treats its parameters in its own way
type Case = [string, (p: any) => string, string];

test.each<Case>([
  ["no parameters", () => "nothing is there", "nothing is there"],
  ["a value", (p) => `${p.count} rows`, "<count> rows"],
  ["a sum of texts", (p) => p.row + p.table, "<row><table>"],
  ["a list", (p) => p.names.join(", "), "<names>"],
  ["a list that is mapped", (p) => p.names.map((name: string) => `"${name}"`).join(", "), '"<names>"'],
  ["a list that is sorted, filtered and cut", (p) => p.names.toSorted().filter(Boolean).slice(0, 3).join(), "<names>"],
  ["a list that is cut first", (p) => p.names.slice(0, 3).join(", "), "<names>"],
  ["a spread list", (p) => [...p.names].join(" → "), "<names>"],
  ["a set", (p) => [...new Set(p.names)].join(), "<names>"],
  ["the length of a list", (p) => `${p.names.length} names`, "<number of names> names"],
  ["a list that may be empty", (p) => (p.names.length === 0 ? "none" : `these: ${p.names.join()}`), "these: <names>"],
  ["a list with a limit", (p) => (p.names.length > 3 ? "many" : p.names.join()), "<names>"],
  [
    "records in a list",
    (p) => p.findings.map((each: { file: string; line: number }) => `${each.file}:${each.line}`).join(),
    "<file>:<line>",
  ],
  ["the first of a list", (p) => p.findings[0]?.hint ?? "none", "<hint>"],
  ["the last of a list", (p) => p.names.at(-1), "<names>"],
  [
    "parameters called like methods",
    (p) => `${p.values} ${p.at} ${p.link} ${p.entries}`,
    "<values> <at> <link> <entries>",
  ],
  ["the sorted values of a record", (p) => p.by.values().toArray().join(), "<by>"],
  ["a record in a record", (p) => `${p.at.place.line}`, "<line>"],
  ["text in lower case", (p) => p.name.toLowerCase(), "<name>"],
  ["text that is replaced", (p) => p.name.replaceAll("-", "_"), "<name>"],
  ["quoted text", (p) => JSON.stringify(p.value), '"<value>"'],
  ["rounded numbers", (p) => `${p.ratio.toFixed(2)} ${p.rows.toLocaleString("en")}`, "<ratio> <rows>"],
  ["a choice", (p) => (p.kind === "" ? "empty" : `a ${p.kind}`), "a <kind>"],
  ["a part that may be missing", (p) => `here${p.url === undefined ? "" : ` at ${p.url}`}`, "here at <url>"],
  ["text for a function of text", (p) => decodeURIComponent(String(p.name)) + p.name.split("/").at(-1), "<name><name>"],
  ["text that only text will do for", (p) => (/^</.exec(p.name) ?? [])[0] + requireText(p.name), "<<name>"],
  ["a date", (p) => new Date(p.time).toISOString(), "1970-01-01T00:00:00.000Z"],
  ["arithmetic", (p) => `${Math.round(p.ratio * 100)} %`, "0 %"],
])("shows %s", (_, message, shown) => {
  const example = exampleOf((p) => ({ code: "demo/x", message: message(p), hint: `Mind: ${message(p)}` }));
  expect(example).toEqual({ code: "demo/x", message: shown, hint: `Mind: ${shown}` });
});

test("parameters that are taken apart are called by their names", () => {
  const example = exampleOf((p) => {
    const { names, count } = p as { names: string[]; count: number };
    return { code: "demo/x", message: `${count} of ${names}`, hint: "" };
  });
  expect(example?.message).toBe("<count> of <names>");
});

test("what cannot be shown in any way is nothing", () => {
  const impossible = () => {
    throw new Error("never");
  };
  expect(exampleOf(impossible)).toBeUndefined();
});

test("a message that has an odd word in any case is shown all the same", () => {
  const example = exampleOf(() => ({ code: "demo/x", message: "the value is NaN", hint: "" }));
  expect(example?.message).toBe("the value is NaN");
});

function requireText(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("no text");
  return value;
}
