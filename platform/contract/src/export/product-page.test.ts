import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeProduct } from "../describe-product.ts";
import { readContract } from "../parse-contract.ts";
import { productHtml } from "./html.ts";
import { productMarkdown } from "./markdown.ts";
import { describePage } from "./product-page.ts";

const file = "course.odcs.yaml";
const text = readFileSync(new URL(`../../fixtures/${file}`, import.meta.url), "utf8");

function pageOf(contractText: string, versions: readonly string[] = []) {
  const parsed = readContract(contractText, file);
  const readTarget = () => {
    throw new Error("the course refers to itself only");
  };
  const model = describeProduct(parsed, { file, readTarget });
  const inputs = [{ product: "other/rooms", version: "1.0.0", contractId: "x" }];
  return describePage({ contract: parsed.contract, model, versions, inputs });
}

test("a page says what a consumer asks", () => {
  const page = productMarkdown(pageOf(text, ["1.0.0", "1.1.0"]));
  for (const expected of [
    "| **Made from** | `other/rooms` |",
    "| latency | 2 days |  |",
    "| `code` | `VARCHAR` | What people call the course.<br>Key, never null, unique, at least 3 characters, at most 12 characters. | public |",
    "| `level` | `VARCHAR` | How hard it is.<br>Never null.<br>Values: beginner, advanced. | public |",
    "| seats\\_known | `seats` | `nullValues`<br>must be less than 10 percent | published with a warning |",
    "| `follows` | `follows_code` | `school/courses` | `code` |",
    "| 1.2.0 | in work; described here |\n| 1.1.0 | published |\n| 1.0.0 | published |",
    "from school.product.courses",
  ])
    expect(page).toContain(expected);
});

test("examples ask for columns that everybody may read", () => {
  const closed = text.replace("classification: internal", "classification: restricted");
  expect(productMarkdown(pageOf(closed))).not.toMatch(/^ {6}seats$/m);
  expect(productMarkdown(pageOf(text))).toMatch(/^ {6}seats$/m);
});

const hostile = text
  .replace("Every course the school gives.", `'<script>alert("x")</script> & *all* | [it](javascript:x) \`code\` # no'`)
  .replace("One course.", "'</style><img src=x onerror=alert(1)>'")
  .replace("How hard it is.", `'a | b <b>"bold"</b> \`x\`'`);

test("whatever a contract says stays text in HTML", () => {
  const page = productHtml(pageOf(hostile));
  expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; *all*");
  expect(page).not.toMatch(/<(script|img|b|iframe|link)\b/);
  expect(page).not.toMatch(/\s(on\w+|src)=["']?\w/);
});

test("whatever a contract says stays text in Markdown", () => {
  const page = productMarkdown(pageOf(hostile));
  expect(page).toContain(
    '\\<script\\>alert("x")\\</script\\> &amp; \\*all\\* \\| \\[it\\](javascript:x) \\`code\\` # no',
  );
  const row = page.split("\n").find((line) => line.startsWith("| `level`")) ?? "";
  expect(row.replaceAll("\\|", "").match(/\|/g)).toHaveLength(5);
});

test("the page can be walked by headings and by keyboard, and needs nothing from elsewhere", () => {
  const page = productHtml(pageOf(text));
  // every cell says which column it is of, for narrow screens; every role stays for those who hear the page
  const cells = [...page.matchAll(/<td role="cell" data-label="([^"]+)">/g)].map(([, label]) => label);
  expect(cells).toHaveLength(page.split("<td").length - 1);
  expect(page).not.toContain("`");
  expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(page.match(/<h1>/g)).toHaveLength(1);
  const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
  for (const id of anchors) expect(page).toContain(`id="${id}"`);
  expect(page.match(/<th role="rowheader" scope="row">/g)?.length).toBeGreaterThan(6);
  expect(page.match(/<table role="table">/g)?.length).toBe(page.match(/<caption>/g)?.length);
  expect(page).not.toMatch(/https?:|url\(|@import/);
});
