import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { documentsById, readPersistedDocuments } from "./persisted-documents.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

async function read(files: Readonly<Record<string, string>>) {
  await using dir = await tempDir();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir.path, name)), { recursive: true });
    await writeFile(join(dir.path, name), text);
  }
  return documentsById(await readPersistedDocuments(dir.path));
}

test("a file is a document with its path for a name, a manifest is many", async () => {
  const weekly = "{ units { totalCount } }\n";
  const byKey = "query ($code: String!) { unitsByKey(code: $code) { name } }";
  const documents = await read({
    "usage/weekly.graphql": weekly,
    "app.json": JSON.stringify({ [sha256(byKey)]: byKey, "unit-by-code": byKey, [`sha256:${sha256(weekly)}`]: weekly }),
    "README.md": "about these",
  });
  expect([...documents.keys()].toSorted()).toEqual(
    [sha256(weekly), sha256(byKey), "unit-by-code", "usage/weekly"].toSorted(),
  );
  expect(documents.get("usage/weekly")).toBe(weekly);
  expect(documents.get("unit-by-code")).toBe(byKey);
});

test("no folder, no documents", async () => {
  expect(await readPersistedDocuments(undefined)).toEqual([]);
});

test.each<[string, Record<string, string>, string]>([
  ["one name for two documents", { "a.graphql": "{ a }", "a.gql": "{ b }" }, "cli/document-conflict"],
  [
    "an id that says otherwise elsewhere",
    { "a.graphql": "{ a }", "m.json": '{"a": "{ b }"}' },
    "cli/document-conflict",
  ],
  ["a manifest that is no JSON", { "m.json": "{" }, "cli/documents-unreadable"],
  ["a manifest that is a list", { "m.json": "[]" }, "cli/documents-unreadable"],
  ["a manifest of something else", { "m.json": '{"a": {"query": "{ a }"}}' }, "cli/documents-unreadable"],
])("%s: refused, and the file named", async (_what, files, code) => {
  await expect(read(files)).rejects.toMatchObject({
    code,
    at: { file: expect.stringMatching(/\.(json|gql|graphql)$/) },
  });
});

test("a folder that is named and is not there", async () => {
  await expect(readPersistedDocuments("/nowhere/documents")).rejects.toMatchObject({
    code: "cli/documents-unreadable",
  });
});
