import { afterAll, beforeEach, expect, test } from "vitest";
import { catalogDdl, firstReaderRole } from "./catalog-ddl.ts";
import { CatalogInstance } from "./catalog-instance.ts";
import { describeMessages, executeMessages } from "./catalog-messages.ts";
import type { CatalogOrder } from "./catalog-order.ts";

const endless = orderOf("with recursive r as (select 1 a union all select a + 1 from r) select count(*) from r");
const short = orderOf("select 1");
/** Of statements that are to be answered, however busy the machine is. */
const longMs = 3_600_000;

// One for all tests: to begin is most of what it costs.
const slow: string[] = [];
const instance = new CatalogInstance(catalogDdl([]), (reader) => void slow.push(reader));
afterAll(() => instance.close());
beforeEach(() => {
  slow.length = 0;
});

function orderOf(sql: string): CatalogOrder {
  const execute = executeMessages({ values: [], formats: [], resultFormats: [] });
  return {
    role: firstReaderRole,
    searchPath: "public",
    limitBytes: 1000,
    describe: describeMessages(sql, []),
    execute,
  };
}

/** What becomes of it: the kind of the answer, or the code of the error. */
function outcome(answer: Promise<{ readonly kind: string }>): Promise<string> {
  return answer.then(
    ({ kind }) => kind,
    (failure: { code?: string }) => failure.code ?? String(failure),
  );
}

test("however much one reader asks, another waits for one statement of theirs, and they are told once", async () => {
  const greedy = Array.from({ length: 4 }, () => instance.ask(endless, { reader: "a", deadlineMs: 1_000 })).map(
    outcome,
  );
  const other = outcome(instance.ask(short, { reader: "b", deadlineMs: longMs }));
  expect(await other).toBe("answer");
  expect(slow).toEqual(["a"]);
  expect(await Promise.all(greedy)).toEqual(Array(4).fill("gateway/sql-catalog-slow"));
  expect(slow).toEqual(["a"]);
  expect(instance.isIdle).toBe(true);
});

test("who does not wait any more is not waited for, and what was cancelled at work ends with its time", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const running = outcome(instance.ask(endless, { reader: "a", deadlineMs: 1_000, signal: first.signal }));
  const waiting = outcome(instance.ask(endless, { reader: "b", deadlineMs: longMs, signal: second.signal }));
  second.abort({ code: "second" });
  first.abort({ code: "first" });
  expect(await Promise.all([running, waiting])).toEqual(["first", "second"]);
  expect(await outcome(instance.ask(short, { reader: "c", deadlineMs: longMs }))).toBe("answer");
  expect(slow).toEqual(["a"]);
});

test("the wait for others counts, and whoever has only waited is not blamed", async () => {
  const long = outcome(instance.ask(endless, { reader: "a", deadlineMs: longMs }));
  expect(await outcome(instance.ask(short, { reader: "b", deadlineMs: 300 }))).toBe("gateway/sql-catalog-slow");
  expect(slow).toEqual([]);
  await instance.close();
  expect(await long).toBe("gateway/sql-catalog-failed");
});
