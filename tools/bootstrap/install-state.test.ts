import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { clearStamp, isInstalled, isStamped, missingPackages, writeStamp } from "./install-state.mjs";

const linux = { platform: "linux", arch: "x64" };
const forLinux = { version: "1.0.0", optional: true, os: ["linux"], cpu: ["x64"] };

test.each([
  ["nothing is needed", {}, {}, []],
  ["all there", { "node_modules/a": { version: "1.0.0" } }, { "node_modules/a": { version: "1.0.0" } }, []],
  ["one is absent", { "node_modules/a": { version: "1.0.0" } }, {}, ["node_modules/a"]],
  [
    "another version",
    { "node_modules/a": { version: "1.0.1" } },
    { "node_modules/a": { version: "1.0.0" } },
    ["node_modules/a"],
  ],
  ["a new package of the workspace", { "node_modules/@t/b": { link: true } }, {}, ["node_modules/@t/b"]],
  ["folders of the workspace itself", { "": {}, "platform/b": { version: "1.0.0" } }, {}, []],
  ["made for this machine", { "node_modules/a": forLinux }, {}, ["node_modules/a"]],
  ["made for another system", { "node_modules/a": { ...forLinux, os: ["darwin"] } }, {}, []],
  ["made for another processor", { "node_modules/a": { ...forLinux, cpu: ["arm64"] } }, {}, []],
  ["made for one C library of two", { "node_modules/a": { ...forLinux, libc: ["musl"] } }, {}, []],
  ["optional for other reasons", { "node_modules/a": { version: "1.0.0", optional: true } }, {}, []],
  ["nested", { "platform/b/node_modules/a": { version: "2.0.0" } }, {}, ["platform/b/node_modules/a"]],
])("%s", (_what, locked, installed, missing) => {
  expect(missingPackages(locked, installed, linux)).toEqual(missing);
});

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "install-state-"));
  mkdirSync(join(root, "node_modules"));
  lock({ "node_modules/a": { version: "1.0.0" } });
});
afterEach(() => rmSync(root, { recursive: true }));

const lock = (packages: object) => writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
const record = (packages: object) => {
  writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
};

test("an install by hand counts when npm's own record agrees with the lockfile", () => {
  expect(isInstalled(root)).toBe(false);
  record({ "node_modules/a": { version: "1.0.0" } });
  expect(isInstalled(root)).toBe(true);
  lock({ "node_modules/a": { version: "1.1.0" } });
  expect(isInstalled(root)).toBe(false);
});

test("the stamp holds until the lockfile changes or an install begins", () => {
  expect(isStamped(root)).toBe(false);
  writeStamp(root);
  expect(isStamped(root)).toBe(true);
  lock({ "node_modules/a": { version: "1.1.0" } });
  expect(isStamped(root)).toBe(false);
  writeStamp(root);
  clearStamp(root);
  expect(isStamped(root)).toBe(false);
});
