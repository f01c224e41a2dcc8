import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { logEntry, openEventLog } from "@thoth/ingest/collector/event-log";
import { refusedRecord } from "@thoth/ingest/collector/refused-record";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommandLine } from "../command-line.ts";
import { recordingEffects } from "../testing/recording-effects.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const now = Date.parse("2026-03-01T09:00:00Z");
let home: TempDir;

beforeAll(async () => {
  home = await tempDir();
});

afterAll(() => home[Symbol.asyncDispose]());

async function refused(...args: readonly string[]) {
  const effects = recordingEffects({ cwd: root, env: { MESH_HOME: home.path } });
  const code = await runCommandLine(["collector", "refused", ...args], effects);
  return { code, ...effects.said };
}

/** As the collector keeps it, in a segment of its own. */
async function keep(domain: string, id: string, at: number): Promise<void> {
  const contract = { mayBeKept: () => true } as never;
  const event = {
    specversion: "1.0" as const,
    id,
    source: "/splashkit/cpp",
    type: "io.splashkit.ended",
    data: { counts: 1 },
  };
  const problem = { code: "contract" as const, message: "data.counts must be object", path: "data.counts" };
  const place = { domain, stream: "events", contract };
  const record = refusedRecord({ problem, event, ...(domain !== "" && { place }) }, at);
  const folder = join(home.path, "collector", domain, "refused");
  await using log = await openEventLog({ folder, clock: () => at, retentionMs: 1e9, neverLands: true });
  await log.keep(record === undefined ? [] : [logEntry(record)]);
}

test("refused events are shown with the reason, newest first, of one domain or of all", async () => {
  expect(await refused()).toEqual({ code: 0, out: "No event is on record as refused.\n", err: "" });
  await keep("splashkit-usage", "first", now);
  await keep("splashkit-usage", "second", now + 60_000);
  await keep("", "stranger", now + 30_000);
  const { out } = await refused();
  expect(out).toBe(`refused              domain           code      type                source          id        why
───────────────────  ───────────────  ────────  ──────────────────  ──────────────  ────────  ──────────────────────────
2026-03-01 09:01:00  splashkit-usage  contract  io.splashkit.ended  /splashkit/cpp  second    data.counts must be object
2026-03-01 09:00:30                   contract  io.splashkit.ended  /splashkit/cpp  stranger  data.counts must be object
2026-03-01 09:00:00  splashkit-usage  contract  io.splashkit.ended  /splashkit/cpp  first     data.counts must be object
`);
  const newest = JSON.parse((await refused("splashkit-usage", "--limit", "1", "--json")).out);
  expect(newest).toEqual([
    {
      domain: "splashkit-usage",
      refusedAt: "2026-03-01T09:01:00.000Z",
      code: "contract",
      message: "data.counts must be object",
      path: "data.counts",
      event: expect.objectContaining({ id: "second", data: { counts: 1 } }),
    },
  ]);
  const [unrouted] = JSON.parse((await refused("--json")).out).filter(
    (each: { domain: unknown }) => each.domain === null,
  );
  expect(unrouted.event).toEqual({ id: "stranger", source: "/splashkit/cpp", type: "io.splashkit.ended" });
});

test("a domain that there is none of is told of", async () => {
  const { code, err } = await refused("splashkit");
  expect(code).toBe(2);
  expect(err).toMatch(/cli\/unknown-domain.*splashkit-usage/s);
});
