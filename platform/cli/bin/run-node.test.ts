import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { installedNode, isNewEnough, runChild } from "./run-node.mjs";

const folder = mkdtempSync(join(tmpdir(), "run-node-"));
afterAll(() => rmSync(folder, { recursive: true }));

const node = (script: string) => ["--input-type=module", "--eval", script];
const quiet = { stdio: "ignore" } as const;

test.each([
  ["20.20.2", false],
  ["23.11.0", false],
  ["24.0.0", true],
  ["100.1.2", true],
])("Node %s is new enough: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test.each([
  ["process.exit(0)", 0],
  ["process.exit(7)", 7],
  ["throw new Error()", 1],
  ["process.kill(process.pid, 'SIGTERM')", 143],
  ["process.kill(process.pid, 'SIGKILL')", 137],
])("%s ends with exit code %d", async (script, code) => {
  expect(await runChild(process.execPath, node(script), quiet)).toBe(code);
});

test("fails when there is no such program", async () => {
  await expect(runChild(join(folder, "nothing"), [])).rejects.toThrow("ENOENT");
});

test("leaves no listener behind", async () => {
  const before = process.listenerCount("SIGTERM");
  await runChild(process.execPath, node(""), { ...quiet, endWithParent: true });
  expect(process.listenerCount("SIGTERM")).toBe(before);
});

/** A process that runs `inner` through `runChild`, and prints what it returns. */
function middle(inner: string, options = "{}"): string[] {
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, "run-node.mjs")).href);
  const args = JSON.stringify(node(inner));
  return node(`import { runChild } from ${module};
    console.log("ended with", await runChild(process.execPath, ${args}, ${options}));`);
}

const untilSignalled = `process.on("SIGTERM", () => { console.log("told to stop"); process.exit(5); });
  console.log("ready"); setInterval(() => undefined, 1000);`;

test("a signal reaches the child, whose own exit code counts", async () => {
  const outer = spawn(process.execPath, middle(untilSignalled), { stdio: ["ignore", "pipe", "inherit"] });
  outer.stdout.once("data", () => outer.kill("SIGTERM"));
  expect(await text(outer.stdout)).toBe("ready\ntold to stop\nended with 5\n");
});

test("the child is ended when the shell around it is gone", async () => {
  const script = join(folder, "middle.mjs");
  writeFileSync(script, middle(untilSignalled, "{ endWithParent: true }").at(-1) ?? "");
  const shell = spawn("sh", ["-c", `"${process.execPath}" "${script}"; true`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  shell.stdout.once("data", () => shell.kill("SIGKILL"));
  const [output] = await Promise.all([text(shell.stdout), once(shell, "exit")]);
  expect(output).toBe("ready\ntold to stop\nended with 5\n");
});

test("finds the copy of Node among the dependencies, unless it is only half installed", () => {
  const project = join(folder, "project");
  const anchor = join(project, "package.json");
  mkdirSync(join(project, "node_modules/node/bin"), { recursive: true });
  expect(installedNode(anchor)).toBeUndefined();
  writeFileSync(join(project, "node_modules/node/package.json"), '{ "name": "node" }');
  expect(installedNode(anchor)).toBeUndefined();
  const executable = join(project, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
  writeFileSync(executable, "");
  expect(installedNode(anchor)).toBe(executable);
});
