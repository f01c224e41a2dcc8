import type { RunProgress } from "@thoth/pipeline/run-mesh";
import { expect, test } from "vitest";
import { displayProgress } from "./run-display.ts";
import { recordingEffects } from "./testing/recording-effects.ts";

const job = { kind: "clean", id: "d/clean/t", domain: "d", dependsOn: [] };

function event(kind: "started" | "ended", done: number, status = "success"): RunProgress {
  return { kind, job, done, total: 2, run: { status, durationMs: 5, rowCountAfter: null } } as unknown as RunProgress;
}

function shown(columns: number | undefined, events: readonly RunProgress[]): string {
  const effects = recordingEffects({ columns: () => columns });
  const show = displayProgress(effects);
  for (const each of events) show(each);
  return effects.said.err;
}

test("elsewhere than on a terminal, a plain line for every job that has ended", () => {
  const events = [event("started", 0), event("ended", 1), event("started", 1), event("ended", 2, "failed")];
  expect(shown(undefined, events)).toBe("[1/2] d clean/t: success, 5 ms\n[2/2] d clean/t: failed, 5 ms\n");
});

test("on a terminal one line changes in place, and failures stay", () => {
  const clear = "\u001b[K";
  expect(shown(80, [event("started", 0), event("ended", 1, "failed"), event("started", 1), event("ended", 2)])).toBe(
    `\r[0/2] d clean/t …${clear}\r[1/2] d clean/t: failed, 5 ms${clear}\n` +
      `\r[1/2] d clean/t …${clear}\r[2/2] d clean/t: success, 5 ms${clear}\n`,
  );
});

test("a line never wraps, or it could not be replaced", () => {
  expect(shown(25, [event("ended", 1)])).toBe("\r[1/2] d clean/t: succes…\u001b[K");
});
