import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const entry = join(import.meta.dirname, "bootstrap.mjs");

test("an unknown command is wrong usage, and changes nothing", () => {
  const { status, stderr } = spawnSync(process.execPath, [entry, "strat"], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toBe('unknown command "strat"\n  hint use one of: install, start, test\n');
});

test("a Node that is too old is refused in words, before anything is loaded", () => {
  const pretend = 'Object.defineProperty(process.versions, "node", { value: "18.20.8" });';
  const preload = `data:text/javascript,${encodeURIComponent(pretend)}`;
  const { status, stderr } = spawnSync(process.execPath, ["--import", preload, entry, "test"], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain("needs Node 20 or newer");
  expect(stderr).toContain("hint");
});
