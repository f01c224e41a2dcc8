import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countPublished } from "./published-rows.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

let base: SmallProject;
beforeAll(async () => {
  base = await loansProject();
});
afterAll(() => base?.[Symbol.asyncDispose]());

/** Runs, and tells what is published afterwards. */
async function runAndCount(project: SmallProject, env: Readonly<Record<string, string>>) {
  const { code, err } = await project.mesh(["run"], env);
  return { code, err, count: await countPublished(project) };
}

test("a file that is gone: the old rows serve, and when it is back the next run goes on", async () => {
  await using project = await base.copy();
  const file = join(project.root, "exports/library-loans/records.csv");
  await mkdir(join(file, ".."), { recursive: true });
  const bring = (rows: number) => writeFile(file, `id,category,amount,changed_at\n${linesOf(rows)}`);
  const env = { MESH_SOURCES: "exports" };
  await bring(10);
  expect(await runAndCount(project, env)).toMatchObject({ code: 0, count: 10 });
  await rm(file);
  expect(await runAndCount(project, env)).toMatchObject({
    code: 1,
    err: expect.stringMatching(/ingest\/no-files: No file matches library-loans\/records\.csv .*\n +at .*\n +hint /),
    count: 10,
  });
  await bring(12);
  expect(await runAndCount(project, env)).toMatchObject({ code: 0, count: 12 });
});

function linesOf(rows: number): string {
  return Array.from({ length: rows }, (_, id) => `${id + 1},a,1,2026-01-01T00:00:00Z\n`).join("");
}

test("a server that hangs up in the middle: the same", async () => {
  await using project = await base.copy();
  let rows = 300;
  let mood: "well" | "hangs up" = "well";
  const server = createServer((request, response) => {
    const page = Number(new URL(request.url ?? "", "http://x").searchParams.get("page"));
    const item = (id: number) => ({ id, category: "a", amount: 1, changed_at: "2026-01-01T00:00:00Z" });
    const ids = Array.from({ length: rows }, (_, index) => index + 1).slice((page - 1) * 100, page * 100);
    const text = JSON.stringify(ids.map(item));
    if (mood === "well" || page < 2) response.setHeader("content-type", "application/json").end(text);
    else response.writeHead(200, { "content-length": text.length }).write(text.slice(0, 50), () => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await project.write("domains/library-loans/sources/records.ts", sourceCode(url));
  expect(await runAndCount(project, {})).toMatchObject({ code: 0, count: 300 });
  rows = 500;
  mood = "hangs up";
  expect(await runAndCount(project, {})).toMatchObject({ code: 1, err: unreachable, count: 300 });
  mood = "well";
  expect(await runAndCount(project, {})).toMatchObject({ code: 0, count: 500 });
  server.closeAllConnections();
  server.close();
});

const unreachable = expect.stringMatching(/ingest\/source-unreachable: http:\/\/127\.0\.0\.1.*\n +at .*\n +hint /);

const sourceCode = (baseUrl: string) => `import { httpJson } from "@thoth/ingest/http-json";

export const records = httpJson({
  name: "library-loans-export",
  baseUrl: ${JSON.stringify(baseUrl)},
  attempts: 2,
  streams: {
    records: {
      path: "/records",
      paging: { kind: "page", parameter: "page" },
      columns: { id: "BIGINT", category: "VARCHAR", amount: "DOUBLE", changed_at: "TIMESTAMP WITH TIME ZONE" },
    },
  },
});
`;
