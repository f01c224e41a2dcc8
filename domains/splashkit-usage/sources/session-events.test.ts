import { fileURLToPath } from "node:url";
import { type CloudEvent, parseCloudEvent } from "@thoth/ingest/collector/cloud-event";
import { readEventContract } from "@thoth/ingest/collector/event-contract";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import type { TelemetryEvent } from "../sample/telemetry-event.ts";
import { writeSample } from "../sample/write-sample.ts";
import { rawEvent } from "../testing/raw-event.ts";
import { readWrittenEvents } from "../testing/written-events.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const contract = readEventContract(root, "domains/splashkit-usage/sources/session-events.odcs.yaml");

/** What the collector would say to an event: `accepted`, or why not. */
function verdictOf(sent: unknown): string {
  const parsed = parseCloudEvent(sent);
  return ("problem" in parsed ? parsed.problem : contract.judge(parsed.event))?.code ?? "accepted";
}

test("the collector would take every event of the sample but those with a planted fault", async () => {
  await using dir = await tempDir();
  await writeSample({ dir: dir.path, seed: 5, asOf: Date.parse("2026-11-22T03:00:00Z"), scale: 0.002 });
  const events = await readWrittenEvents(dir.path);
  const verdicts = Map.groupBy(events, verdictOf);
  const isFaulty = ({ dataclassification, data, time }: TelemetryEvent) =>
    dataclassification !== "internal" ||
    data.consent === undefined ||
    Date.parse(data.consent.granted_at) > Date.parse(time) ||
    Object.values(data.counts ?? {}).some((count) => typeof count !== "number" || count < 0);
  expect(verdicts.get("accepted")?.length).toBe(events.filter((event) => !isFaulty(event)).length);
  expect([...verdicts.keys()].sort()).toEqual(["accepted", "classification", "consent", "contract"]);
});

const short = rawEvent({ session: "s", at: "2026-03-02T10:00:00Z", counts: { draw_text: 1 } });
const fits = { ...short, data: JSON.parse(String(short.data)) };

test.each<[string, object]>([
  ["a path as a function's name", { counts: { "/home/jane/game.cpp": 1 } }],
  ["a file as a runtime", { runtime: "C:\\Users\\jane\\python.exe" }],
  ["a name in the version", { sdk_version: "2.1.0 of jane" }],
  ["an address as the install id", { install_id: "10.0.0.7" }],
  ["half a call", { counts: { draw_text: 0.5 } }],
])("%s does not get in", (_, data) => {
  expect(verdictOf({ ...fits, data: { ...fits.data, ...data } })).toBe("contract");
});

test("what is not declared is taken out before anything is kept", () => {
  const said = { ...fits.data, user: "jane", os: { family: "linux", hostname: "janes-laptop" } };
  const event = { ...fits, data: said } as unknown as CloudEvent;
  expect(contract.judge(event)).toBeUndefined();
  expect(event.data).toEqual({ ...fits.data, os: { family: "linux" } });
});
