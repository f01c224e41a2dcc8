import { expect, test } from "vitest";
import { compareSemver, isSemver } from "./semver.ts";

test.each(["0.0.0", "1.2.3", "10.20.30", "1.0.0-rc.1", "1.0.0-0.x-y", "1.0.0+build.5"])("%s is a version", (version) =>
  expect(isSemver(version)).toBe(true),
);

test.each(["", "1", "1.0", "v1.0.0", "1.0.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "../1.0.0", "1.0.0\n"])(
  "%j is none",
  (version) => expect(isSemver(version)).toBe(false),
);

// the order of section 11 of the specification, with what is no version first
const ordered = [
  "nonsense",
  "0.9.9",
  "1.0.0-1",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.2.0",
  "1.10.0",
  "2.0.0",
];

test("versions sort by precedence, not by letters", () => {
  expect([...ordered].reverse().sort(compareSemver)).toEqual(ordered);
  expect(compareSemver("1.0.0+a", "1.0.0+b")).toBe(0);
});
