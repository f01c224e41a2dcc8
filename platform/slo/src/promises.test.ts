import type { PromiseModel } from "@thoth/contract/product-model";
import { expect, test } from "vitest";
import { findPromises, latencyPromise, promisedDuration } from "./promises.ts";

const day = 86_400_000;
const promise = (property: string, durationMs?: number, more: Partial<PromiseModel> = {}): PromiseModel => ({
  property,
  value: 1,
  ...(durationMs === undefined ? {} : { durationMs }),
  ...more,
});

test.each<[string, PromiseModel[], number | undefined]>([
  ["nothing is promised", [], undefined],
  ["only something else is promised", [promise("retention", day)], undefined],
  ["latency", [promise("latency", day)], day],
  ["its code", [promise("ly", day)], day],
  ["any case", [promise("Latency", day)], day],
  ["any case of its code", [promise("LY", day)], day],
  ["latency among others", [promise("frequency", 1), promise("latency", day), promise("re", 2)], day],
  ["no latency at all is a promise too", [promise("latency", 0)], 0],
  [
    "the strictest of several, whatever they are about",
    [promise("latency", 2 * day), promise("ly", day, { element: "units.changed_at" }), promise("latency", 3 * day)],
    day,
  ],
  ["a value that is no duration", [promise("latency")], undefined],
  ["one duration beside none", [promise("latency"), promise("latency", day)], day],
  ["a longer word is another word", [promise("latencyP99", day), promise("l", day)], undefined],
])("%s", (_, promises, latency) => {
  expect(latencyPromise({ promises })).toBe(latency);
});

test.each([
  ["retention", "re"],
  ["timeToRepair", "tr"],
  ["availability", "av"],
  ["latency", "ly"],
])("%s may be written, and asked for, as %s", (word, code) => {
  const promises = [promise(code, day), promise("other", 1), promise(word, 2 * day)];
  for (const asked of [word, code, word.toUpperCase()]) {
    expect(findPromises({ promises }, asked).map(({ durationMs }) => durationMs)).toEqual([day, 2 * day]);
    expect(promisedDuration({ promises }, asked)).toBe(day);
  }
});
