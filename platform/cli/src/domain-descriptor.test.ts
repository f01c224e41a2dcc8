import { expect, test } from "vitest";
import { withProduct } from "./domain-descriptor.ts";

const entry = '{ name: "loans" }';
const around = (list: string) => `export default defineDomain({\n  ${list},\n  sample: x,\n});\n`;

test.each([
  ["products: []", 'products: [{ name: "loans" }]'],
  ['products: [{ name: "a" }]', 'products: [{ name: "a" }, { name: "loans" }]'],
  [
    'products: [{ name: "a", inputPorts: ["x/y"] }]',
    'products: [{ name: "a", inputPorts: ["x/y"] }, { name: "loans" }]',
  ],
  ['products: [{ name: "a]" }]', 'products: [{ name: "a]" }, { name: "loans" }]'],
  [
    'products: [\n    { name: "a" },\n    { name: "b" },\n  ]',
    'products: [\n    { name: "a" },\n    { name: "b" },\n    { name: "loans" },\n  ]',
  ],
  [
    'products: [\n    // the first ] one\n    { name: "a" },\n  ]',
    'products: [\n    // the first ] one\n    { name: "a" },\n    { name: "loans" },\n  ]',
  ],
  [
    `products: [{ name: "${"a".repeat(90)}" }]`,
    `products: [\n    { name: "${"a".repeat(90)}" },\n    { name: "loans" },\n  ]`,
  ],
])("%s gets another product", (before, after) => {
  expect(withProduct(around(before), entry)).toBe(around(after));
});

test.each([
  ["no list", "sources: []"],
  ["a list made elsewhere", "products"],
  ["a list that is spread over two places", "products: [],\n  products: []"],
  ["a comment at the end, which would swallow a comma", 'products: [\n    { name: "a" } // the last\n  ]'],
  ["a list that never ends", 'products: [{ name: "a" }'],
])("%s is left alone", (_what, list) => {
  expect(withProduct(around(list), entry)).toBeUndefined();
});
