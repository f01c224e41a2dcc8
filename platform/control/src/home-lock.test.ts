import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { tempDir } from "@thoth/testing/temp-dir";
import { describe, expect, test } from "vitest";
import { lockHome, readOwner } from "./home-lock.ts";
import { processStart } from "./process-identity.ts";

const me = { now: 1_000, pid: process.pid };
const service = { url: "http://127.0.0.1:4000", operatorKey: "operator-secret" };
const inUse = expect.objectContaining({ code: "control/home-in-use" });

test("a home that is not there yet is made, held and given back", async () => {
  await using dir = await tempDir();
  const home = join(dir.path, "deep", "var");
  {
    using lock = lockHome(home, me);
    expect(lock.home).toBe(home);
    expect(readOwner(home)).toEqual({ pid: process.pid, startedAt: 1_000 });
  }
  expect(readOwner(home)).toBeUndefined();
  expect(existsSync(join(home, "owner.json"))).toBe(false);
  using again = lockHome(home, me);
  expect(again.home).toBe(home);
});

test("is refused while it is held, naming the process, and where it serves once announced", async () => {
  await using dir = await tempDir();
  using lock = lockHome(dir.path, me);
  expect(() => lockHome(dir.path, me)).toThrow(inUse);
  expect(() => lockHome(dir.path, me)).toThrow(`${dir.path} is in use by process ${process.pid}`);
  lock.announce(service);
  expect(() => lockHome(dir.path, me)).toThrow(/which serves http:\/\/127\.0\.0\.1:4000$/);
  expect(() => lockHome(dir.path, me)).not.toThrow(/operator-secret/);
});

test("the announcement is for the same user's eyes only", async () => {
  await using dir = await tempDir();
  using lock = lockHome(dir.path, me);
  lock.announce(service);
  expect(readOwner(dir.path)).toEqual({ pid: process.pid, startedAt: 1_000, ...service });
  const files = await readdir(dir.path, { recursive: true });
  expect(files.toSorted()).toEqual(["lock", "lock/1", "owner.json"]);
  for (const file of ["owner.json", "lock/1"]) expect((await stat(join(dir.path, file))).mode & 0o777).toBe(0o600);
});

test("nobody owns a home that nobody has locked, or that is not there", async () => {
  await using dir = await tempDir();
  expect(readOwner(dir.path)).toBeUndefined();
  expect(readOwner(join(dir.path, "none"))).toBeUndefined();
});

test("disposing again, or after another took over, takes nothing from the other", async () => {
  await using dir = await tempDir();
  const first = lockHome(dir.path, me);
  first[Symbol.dispose]();
  using _second = lockHome(dir.path, me);
  first[Symbol.dispose]();
  expect(() => lockHome(dir.path, me)).toThrow(inUse);
});

test("a home deleted under its holder belongs to the next, whom the first does not disturb", async () => {
  await using dir = await tempDir();
  const home = join(dir.path, "var");
  const first = lockHome(home, me);
  await rm(home, { recursive: true });
  await using other = await contender(home);
  expect(await other.order("hold")).toBe("held");
  first[Symbol.dispose]();
  expect(readOwner(home)?.pid).toBe(other.pid);
});

test("a home that cannot be made says so", async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, "file"), "");
  const refused = expect.objectContaining({ code: "control/home-not-writable" });
  expect(() => lockHome(join(dir.path, "file"), me)).toThrow(refused);
  // Node's own recursive call never returns there.
  if (process.platform === "linux") expect(() => lockHome("/proc/nothing/here", me)).toThrow(refused);
});

describe("a lock that was left behind", () => {
  const leave = async (home: string, holder: object) => {
    await mkdir(join(home, "lock"), { recursive: true });
    await writeFile(join(home, "lock", "7"), JSON.stringify(holder));
    await writeFile(join(home, "owner.json"), JSON.stringify({ pid: 0, startedAt: 0, ...holder, ...service }));
  };
  const start = processStart(process.pid);
  const host = hostname();

  test.each([
    ["of a process that is gone", { pid: 2 ** 22 + 1, start: "boot/1", host }],
    ["whose pid another process has now", { pid: process.pid, start: "boot/1", host }],
    ["that nobody can read", { nonsense: true }],
  ])("%s is taken over", async (_, holder) => {
    await using dir = await tempDir();
    await leave(dir.path, holder);
    expect(readOwner(dir.path)).toBeUndefined();
    using _lock = lockHome(dir.path, me);
    expect(readOwner(dir.path)).toEqual({ pid: process.pid, startedAt: 1_000 });
    expect(await readdir(join(dir.path, "lock"))).toEqual(["8"]);
  });

  test.each([
    ["of a living process is respected", { pid: process.pid, start, host }, "control/home-in-use"],
    ["of another machine is respected", { pid: 1, start, host: `not-${host}` }, "control/home-on-other-machine"],
  ])("%s", async (_, holder, code) => {
    await using dir = await tempDir();
    await leave(dir.path, holder);
    expect(() => lockHome(dir.path, me)).toThrow(expect.objectContaining({ code }));
    expect(await readFile(join(dir.path, "lock", "7"), "utf8")).toBe(JSON.stringify(holder));
  });
});

describe("between processes", () => {
  test("one holds it, the others are refused; killed, it makes way for exactly one", async () => {
    await using dir = await tempDir();
    await using contenders = new AsyncDisposableStack();
    const all = await Promise.all(Array.from({ length: 5 }, async () => contenders.use(await contender(dir.path))));
    let rest = all;
    for (let round = 0; round < 2; round++) {
      const answers = await Promise.all(rest.map((each) => each.order("hold")));
      const winner = rest[answers.indexOf("held")];
      expect(answers.filter((answer) => answer === "held")).toHaveLength(1);
      const others = answers.filter((answer) => answer !== "held");
      for (const answer of others)
        expect(answer).toContain(`control/home-in-use: ${dir.path} is in use by process ${winner?.pid}`);
      rest = rest.filter((each) => each !== winner);
      await winner?.kill();
      expect(readOwner(dir.path)).toBeUndefined();
    }
  });

  test("taking and giving back at once, never are two of them in", async () => {
    await using dir = await tempDir();
    await using contenders = new AsyncDisposableStack();
    const all = await Promise.all(Array.from({ length: 3 }, async () => contenders.use(await contender(dir.path))));
    expect(await Promise.all(all.map((each) => each.order("churn 40")))).toEqual(["churned", "churned", "churned"]);
    expect(await readdir(join(dir.path, "lock"))).toHaveLength(1);
  });
});

async function contender(home: string) {
  const script = join(import.meta.dirname, "fixtures", "lock-contender.ts");
  const child = spawn(process.execPath, ["--conditions=thoth-source", script, home], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => (await answers.next()).value;
  expect(await answer()).toBe("ready");
  return {
    pid: child.pid,
    order: (text: string) => {
      child.stdin.write(`${text}\n`);
      return answer();
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exit;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exit;
    },
  };
}
