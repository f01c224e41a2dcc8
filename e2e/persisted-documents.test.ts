import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emptyProject, type SmallProject } from "./small-project.ts";

let project: SmallProject;

beforeAll(async () => {
  project = await emptyProject();
  await mkdir(join(project.root, "documents"));
});
afterAll(() => project?.[Symbol.asyncDispose]());

test("mesh check holds documents against the schema, and says where each is wrong", async () => {
  await project.write("documents/products.graphql", "{\n  dataProducts { id }\n}\n");
  const sound = await project.mesh(["check"]);
  expect([sound.code, sound.out]).toEqual([0, expect.stringContaining("ok   documents: 1 document, 0 errors")]);
  await project.write("documents/wrong.graphql", "{\n  dataProducts { title2 }\n}\n");
  await project.write("documents/app.json", JSON.stringify({ deep: `{ a${"{ a".repeat(20)} ${"}".repeat(21)}` }));
  const { code, out } = await project.mesh(["check", "--json"]);
  const { findings } = JSON.parse(out) as { findings: object[] };
  expect(code).toBe(1);
  expect(findings).toMatchObject([
    { rule: "gateway/too-deep", file: "documents/app.json", path: "deep" },
    { rule: "GRAPHQL_VALIDATION_FAILED", file: "documents/wrong.graphql", line: 2, column: 18 },
  ]);
});
