import type { Snapshot } from "@thoth/warehouse/snapshot";
import { expect, test } from "vitest";
import { followStates } from "./follow-states.ts";

const stateOf = (id: string): Snapshot[] => [{ id } as Snapshot];
const idOf = ([snapshot]: readonly Snapshot[]) => snapshot?.id ?? "";

/** States that come when they are told to. */
function openSource() {
  const states: (Snapshot[] | Error)[] = [];
  let wake: () => void = () => undefined;
  const source = async function* (signal: AbortSignal) {
    signal.addEventListener("abort", () => wake(), { once: true });
    while (!signal.aborted) {
      const next = states.shift();
      if (next instanceof Error) throw next;
      if (next !== undefined) yield next;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
  const come = (state: Snapshot[] | Error) => {
    states.push(state);
    wake();
  };
  return { source, come };
}

test("what could not be shown is shown later, and what comes meanwhile takes its place", async () => {
  const { source, come } = openSource();
  const shown: string[] = [];
  let works = false;
  const show = async (state: readonly Snapshot[]) => {
    shown.push(`${idOf(state)}${works ? "" : " failed"}`);
    return works;
  };
  come(stateOf("1"));
  await using _ = await followStates({ snapshots: source, show, log: { error: () => undefined }, retryMs: 1 });
  await expect.poll(() => shown.length, { interval: 2 }).toBeGreaterThan(2);
  expect(new Set(shown)).toEqual(new Set(["1 failed"]));
  come(stateOf("2"));
  await expect.poll(() => shown, { interval: 2 }).toContain("2 failed");
  works = true;
  await expect.poll(() => shown.at(-1), { interval: 2 }).toBe("2");
  const count = shown.length;
  come(stateOf("3"));
  await expect.poll(() => shown.slice(count), { interval: 2 }).toEqual(["3"]);
});

test("whatever is thrown is said, and the source is asked anew", async () => {
  const { source, come } = openSource();
  const [shown, logged]: string[][] = [[], []];
  const show = async (state: readonly Snapshot[]) => {
    shown?.push(idOf(state));
    return true;
  };
  const log = {
    error: (message: string, details: object) => void logged?.push(`${message} ${JSON.stringify(details)}`),
  };
  come(stateOf("1"));
  await using following = await followStates({ snapshots: source, show, log, retryMs: 50 });
  come(new Error("the disk is away"));
  await expect.poll(() => following.problem(), { interval: 2 }).toBe("the disk is away");
  come(stateOf("2"));
  await expect.poll(() => shown, { interval: 2 }).toEqual(["1", "2"]);
  expect(following.problem()).toBeUndefined();
  expect(logged).toEqual(['what is published now is not shown to SQL yet {"reason":"the disk is away"}']);
});
