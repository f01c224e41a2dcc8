import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isOver, withInstallLock } from "./install-lock.mjs";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "install-lock-"));
  file = join(folder, "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

const module = pathToFileURL(join(import.meta.dirname, "install-lock.mjs")).href;

/** A process that adds 200 to a number in a file, one by one, reading it anew each time. */
function worker(): ChildProcess {
  const script = `import { withInstallLock } from ${JSON.stringify(module)};
    import { readFileSync, writeFileSync } from "node:fs";
    import { setImmediate } from "node:timers/promises";
    const sum = ${JSON.stringify(join(folder, "sum"))};
    await withInstallLock(${JSON.stringify(file)}, async () => {
      for (let round = 0; round < 200; round++) {
        const before = Number(readFileSync(sum, "utf8"));
        await setImmediate();
        writeFileSync(sum, String(before + 1));
      }
    });`;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
}

/** A lock as a process of that id would have left it, last touched so many seconds ago. */
function abandonedLock(pids: readonly number[], secondsAgo: number): void {
  writeFileSync(file, pids.join(" "));
  const then = new Date(Date.now() - secondsAgo * 1000);
  utimesSync(file, then, then);
}

/** The id of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

test("processes work one after the other, never at the same time", async () => {
  writeFileSync(join(folder, "sum"), "0");
  const workers = [worker(), worker(), worker()];
  const codes = await Promise.all(workers.map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0, 0]);
  expect(readFileSync(join(folder, "sum"), "utf8")).toBe("600");
  expect(existsSync(file)).toBe(false);
});

test("is free again after the work failed", async () => {
  await expect(withInstallLock(file, () => Promise.reject(new Error("no network")))).rejects.toThrow("no network");
  expect(await withInstallLock(file, async () => "done")).toBe("done");
});

test("is taken over from a process that is gone", async () => {
  abandonedLock([await endedProcess()], 60);
  expect(await withInstallLock(file, async () => readFileSync(file, "utf8"))).toBe(`${process.pid}`);
});

test("is over when nobody who held it is left, or its ids can be anybody's by now", async () => {
  const [here, gone] = [process.pid, await endedProcess()];
  const over = (pids: number[], secondsAgo: number) => isOver({ pids, touchedAt: 0 }, secondsAgo * 1000);
  expect(over([gone], 60)).toBe(true);
  expect(over([gone], 2), "touched just now, by a process that is not visible here").toBe(false);
  expect(over([gone, here], 60), "the child goes on after the one that started it").toBe(false);
  expect(over([here], 60), "stopped, as a debugger or Ctrl-Z does").toBe(false);
  expect(over([here], 3600), "another program was given the same id").toBe(true);
});

test("says why when the folder cannot be written to", async () => {
  const nowhere = join(folder, "missing", "lock");
  await expect(withInstallLock(nowhere, async () => "done")).rejects.toMatchObject({
    message: expect.stringContaining("cannot install here"),
    hint: "the project folder must be writable for you",
  });
});
