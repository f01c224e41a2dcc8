import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { processStart } from "./process-identity.ts";

test("is the same whenever one asks, and another for another process", async () => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: ["pipe", "ignore", "inherit"] });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const start = processStart(pid);
  expect(start).toBeTypeOf("string");
  expect(processStart(pid)).toBe(start);
  expect(processStart(process.pid)).not.toBe(start);
  child.stdin.end();
  await once(child, "exit");
  expect(processStart(pid)).toBeUndefined();
});

test("is nothing for a pid that nobody has", () => {
  expect(processStart(2 ** 22 + 1)).toBeUndefined();
});
