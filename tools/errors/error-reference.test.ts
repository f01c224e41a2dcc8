import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { collectErrors } from "./collect-errors.ts";
import { renderErrorReference } from "./error-reference.ts";

const table = (namespace: string, rows: Record<string, string>) => `
  const rows = ${JSON.stringify(rows)};
  export const unrelated = { limit: 5 };
  export const number = 3;
  export const demoError = Object.fromEntries(Object.entries(rows).map(([name, message]) =>
    [name, (p) => ({ code: "${namespace}/" + name, message: message.replace("?", p.what), hint: "Mend it." })]));`;

async function repository(files: Record<string, string>) {
  const dir = await tempDir();
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(dir.path, file, ".."), { recursive: true });
    await writeFile(join(dir.path, file), text);
  }
  return dir;
}

test("collects the tables of platform and gateway, by file and code, and nothing else", async () => {
  await using dir = await repository({
    "platform/b/src/errors.ts": table("b", { z: "last", a: "first ?" }),
    "platform/a/src/errors.ts": table("a", { only: "one" }),
    "gateway/server/src/errors.ts": table("gateway", { shut: "shut" }),
    "domains/d/src/errors.ts": table("d", { no: "no" }),
    "platform/c/src/other.ts": "throw new Error('not to be loaded')",
  });
  const tables = await collectErrors(dir.path);
  expect(tables.map(({ file, entries }) => [file, entries.map(({ code }) => code)])).toEqual([
    ["gateway/server/src/errors.ts", ["gateway/shut"]],
    ["platform/a/src/errors.ts", ["a/only"]],
    ["platform/b/src/errors.ts", ["b/a", "b/z"]],
  ]);
  expect(tables[2]?.entries[0]).toEqual({ code: "b/a", message: "first <what>", hint: "Mend it." });
});

test("refuses a code that two packages define", async () => {
  await using dir = await repository({
    "platform/a/src/errors.ts": table("same", { code: "one" }),
    "platform/b/src/errors.ts": table("same", { code: "two" }),
  });
  const twice = "same/code is defined in platform/a/src/errors.ts and again in platform/b/src/errors.ts";
  await expect(collectErrors(dir.path)).rejects.toThrow(twice);
});

test("names the row that cannot be shown", async () => {
  const text = "export const e = { odd: () => { throw new Error('never'); } };";
  await using dir = await repository({ "platform/a/src/errors.ts": text });
  await expect(collectErrors(dir.path)).rejects.toThrow('platform/a/src/errors.ts: no example of "odd" can be shown');
});

test("writes one section per package, in Markdown that reads as the error does", () => {
  const entries = [
    { code: "a/one", message: "<name> is *not* a | b_c", hint: "Run `mesh run <x> | less`.\n  Then wait." },
  ];
  const page = renderErrorReference([
    { file: "platform/a/src/errors.ts", entries },
    { file: "platform/none/src/errors.ts", entries: [] },
  ]);
  expect(page).toContain("## platform/a\n\n| code | message | what to do |\n| --- | --- | --- |\n");
  expect(page).toContain(
    "| `a/one` | \\<name\\> is \\*not\\* a \\| b\\_c | Run `mesh run <x> \\| less`.<br>Then wait. |\n",
  );
  expect(page).not.toContain("platform/none");
  expect(page.endsWith("|\n")).toBe(true);
});

test("every error of this repository can be shown, with a message and a hint", async () => {
  const tables = await collectErrors(join(import.meta.dirname, "../.."));
  const entries = tables.flatMap((each) => each.entries);
  expect(entries.length).toBeGreaterThan(30);
  for (const { code, message, hint } of entries) {
    expect(code).toMatch(/^[a-z-]+\/[a-z0-9-]+$/);
    expect(`${code}: ${message}`).not.toMatch(/undefined|NaN|\[object/);
    expect(message.trim()).not.toBe("");
    expect(hint.trim()).not.toBe("");
  }
});
