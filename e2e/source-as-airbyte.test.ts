import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSourceDocument } from "@thoth/contract/source-document";
import { airbyteSource } from "@thoth/ingest/airbyte";
import type { ColumnSpecs } from "@thoth/ingest/column-spec";
import type { Source, Stream } from "@thoth/ingest/connector";
import { openLanding } from "@thoth/testing/landing";
import { Ajv } from "ajv";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository, start } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

const protocol = fileURLToPath(new URL("../../shared/standards/airbyte/airbyte_protocol_v0.yaml", import.meta.url));
if (!existsSync(protocol))
  console.warn(`skipped: ${protocol} is not there, so no message is held against the protocol`);

const columns = {
  id: "BIGINT",
  name: "VARCHAR",
  amount: "DECIMAL(38,9)",
  big: "HUGEINT",
  at: "TIMESTAMP WITH TIME ZONE",
  day: "DATE",
  ok: "BOOLEAN",
  payload: "JSON",
  hash: "BLOB",
  who: { type: "VARCHAR", pseudonymise: true },
} as const satisfies ColumnSpecs;

const sourceCode = `import { defineSource } from "@thoth/ingest/define-source";
import { ndjsonFiles } from "@thoth/ingest/json-files";

export const records = defineSource({
  name: "library-loans-export",
  kind: "files",
  description: "For tests.",
  secrets: ["LOANS_TOKEN"],
  streams: [
    ndjsonFiles({ name: "records", files: "loans/*.ndjson", eventTime: "at", columns: ${JSON.stringify(columns)} }),
    ndjsonFiles({ name: "rooms", files: "rooms.ndjson", mode: "replace", columns: { id: "BIGINT" } }),
  ],
});
`;

const tricky = [
  '{"id":1,"name":"a \\"b\\",\\n漢\\u0000","amount":12345678901234567890123456789.000000001,"big":-99999999999999999999999999999999999999,"at":"2026-07-01T09:30:00.123456+10:00","day":"2024-02-29","ok":false,"payload":{"n":[1,null]},"hash":"\\\\x00\\\\xFF","who":"ann@example.org","secret":"hush-hush"}',
  '{"id":2}',
  '{"id":9007199254740993,"name":"","amount":0.000000001,"who":"ann@example.org"}',
];

let project: SmallProject;
beforeAll(async () => {
  project = await loansProject();
  await project.write("domains/library-loans/sources/records.ts", sourceCode);
});
afterAll(() => project?.[Symbol.asyncDispose]());

test("our own connector reads a source of ours through the protocol: the same rows, and on from the state", async () => {
  await using direct = await openLanding({ sourcesDir: join(project.root, "exports") });
  await direct.file("loans/a.ndjson", `${tricky.join("\n")}\n`);
  await direct.file("rooms.ndjson", '{"id":1}\n{"id":2}\n');
  const { ndjsonFiles } = await import("@thoth/ingest/json-files");
  await direct.land(ndjsonFiles({ name: "records", files: "loans/*.ndjson", columns }));
  const [records, rooms] = asAirbyte().streams as [Stream, Stream];
  await using through = await openLanding({ root: project.root });
  expect(await through.land(records)).toMatchObject({ rowsRead: 3, watermark: Date.parse("2026-06-30T23:30:00.123Z") });
  const rows =
    "select * exclude (_run_id, _loaded_at, _source, who), who is null as unknown from raw.records order by id";
  const expected = await direct.query(rows);
  expect(await through.query(rows)).toEqual(expected);
  expect(expected).toHaveLength(3);
  await direct.file("loans/b.ndjson", '{"id":4,"name":"later"}\n');
  expect(await through.land(records)).toMatchObject({ rowsRead: 1, rowCountAfter: 4 });
  expect(await through.land(rooms)).toMatchObject({ rowsRead: 2, rowCountAfter: 2 });
});

/** The command as an Airbyte source; who is hashed on the way, so it arrives as a text. */
function asAirbyte(): Source {
  const { who: _who, ...plain } = columns;
  return airbyteSource({
    command: process.execPath,
    args: ["--conditions=thoth-source", join(repository, "platform/cli/src/main.ts"), "source", name],
    config: () => JSON.stringify({ sources_dir: join(project.root, "exports"), LOANS_TOKEN: "hush-hush" }),
    streams: {
      records: { columns: { ...plain, who: "VARCHAR" }, mode: "append", eventTime: "at" },
      rooms: { columns: { id: "BIGINT" }, mode: "replace" },
    },
  });
}

const name = "library-loans/library-loans-export";

test("every message is one of the published protocol, and none holds a secret", async () => {
  await using landing = await openLanding({ sourcesDir: join(project.root, "all-messages") });
  await landing.file("loans/a.ndjson", `${tricky.join("\n")}\n`);
  await landing.file("rooms.ndjson", '{"id":"no number"}\n');
  await landing.file("config.json", JSON.stringify({ sources_dir: landing.sourcesDir, LOANS_TOKEN: "hush-hush" }));
  await landing.file("wrong.json", "{ not JSON hush-hush");
  const config = join(landing.sourcesDir, "config.json");
  const ask = async (...args: string[]) => project.mesh(["source", name, ...args]);
  const answers = await Promise.all([
    ask("spec"),
    ask("check", "--config", config),
    ask("discover", "--config", config),
    ask("read", "--config", config),
    ask("check", "--config", join(landing.sourcesDir, "wrong.json")),
  ]);
  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0, 1, 1]);
  const lines = answers.flatMap(({ out }) => out.trim().split("\n"));
  expect(lines.join("\n")).not.toMatch(/hush-hush|ann@example/);
  const types = new Set(lines.map((line) => JSON.parse(line).type));
  expect([...types].sort()).toEqual(["CATALOG", "CONNECTION_STATUS", "RECORD", "SPEC", "STATE", "TRACE"]);
  expect(lines.join("\n")).toMatch(/"failure_type":"config_error"/);
  if (!existsSync(protocol)) return;
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(readSourceDocument(readFileSync(protocol, "utf8"), protocol).value as object, "protocol");
  const validate = ajv.compile({ $ref: "protocol#/definitions/AirbyteMessage" });
  expect(validate({ type: "STATE", state: { type: "SOMETHING" } })).toBe(false);
  for (const line of lines)
    expect(validate(JSON.parse(line)), `${line}\n${JSON.stringify(validate.errors)}`).toBe(true);
});

test("who reads slowly holds it up, and a signal ends it all the same", async () => {
  await using landing = await openLanding({ sourcesDir: join(project.root, "many") });
  const line = (id: number) => `{"id":${id},"name":"${"x".repeat(200)}"}\n`;
  await landing.file("loans/a.ndjson", Array.from({ length: 100_000 }, (_, id) => line(id)).join(""));
  await landing.file("rooms.ndjson", '{"id":1}\n');
  await landing.file("config.json", JSON.stringify({ sources_dir: landing.sourcesDir }));
  const args = ["source", name, "read", "--config", join(landing.sourcesDir, "config.json")];
  const child = start(args, { cwd: project.root });
  const ended = once(child, "exit");
  child.stdout.once("readable", () => child.kill("SIGTERM"));
  expect(await ended).toEqual([130, null]);
  // What it had written and we had not taken is far less than what there was to read.
  expect(child.stdout.readableLength).toBeLessThan(5_000_000);
});

test("doctor says which source cannot be read, and why", async () => {
  const missing = await project.mesh(["doctor"], { MESH_SOURCES: "exports" });
  expect(missing.out).toContain("ok   source library-loans/library-loans-export: 2 streams of files");
  const { code, out } = await project.mesh(["doctor"], { MESH_SOURCES: "templates" });
  expect([code, /FAIL source library-loans\/library-loans-export: ingest\/no-files: .*\n +hint /.test(out)]).toEqual([
    1,
    true,
  ]);
});

test("what cannot be meant is wrong usage, and says what there is", async () => {
  for (const [args, text] of [
    [["source", "library-loans", "spec"], /domain\/source/],
    [["source", name, "write"], /spec, check, discover, read/],
    [["source", "library-loans/none", "spec"], /Known: library-loans-export/],
  ] as const) {
    const { code, out, err } = await project.mesh(args);
    expect([code, out, text.test(err)]).toEqual([2, "", true]);
  }
});
