import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { writeTemplate } from "./template.ts";

async function template(files: Readonly<Record<string, string>>) {
  const dir = await tempDir();
  for (const [file, text] of Object.entries(files)) {
    await mkdir(join(dir.path, "from", file, ".."), { recursive: true });
    await writeFile(join(dir.path, "from", file), text);
  }
  return { ...dir, from: join(dir.path, "from"), to: join(dir.path, "to") };
}

test("placeholders are replaced in names and contents, and replacements are taken as they are", async () => {
  await using dir = await template({ "a/__name__.sql": "select __name__, __a_b__ -- $& __x" });
  expect(await writeTemplate(dir.from, dir.to, { name: "loans", a_b: "$& __name__" })).toEqual([
    join("a", "loans.sql"),
  ]);
  expect(await readFile(join(dir.to, "a/loans.sql"), "utf8")).toBe("select loans, $& __name__ -- $& __x");
});

test("an unknown placeholder is an error with its file, and nothing is written", async () => {
  await using dir = await template({ "a.txt": "fine", "b.txt": "__nme__" });
  await expect(writeTemplate(dir.from, dir.to, { name: "loans" })).rejects.toMatchObject({
    code: "cli/template-placeholder",
    at: { file: "b.txt" },
  });
  expect(await readdir(dir.path)).toEqual(["from"]);
});

test("what is there already is never overwritten", async () => {
  await using dir = await template({ "a.txt": "new" });
  await mkdir(dir.to);
  await writeFile(join(dir.to, "a.txt"), "old");
  await expect(writeTemplate(dir.from, dir.to, {})).rejects.toThrow("EEXIST");
  expect(await readFile(join(dir.to, "a.txt"), "utf8")).toBe("old");
});
