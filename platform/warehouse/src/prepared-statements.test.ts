import { expect, test } from "vitest";
import { connectEngine, openEngine } from "./open-engine.ts";
import { PreparedStatements } from "./prepared-statements.ts";
import { readRows } from "./read-values.ts";

test("what is forgotten while it runs is let go of when it has ended", async () => {
  using stack = new DisposableStack();
  const instance = stack.adopt(await openEngine({ threads: 1 }), (engine) => engine.closeSync());
  const connection = stack.adopt(await connectEngine(instance), (open) => open.closeSync());
  using statements = new PreparedStatements(connection);
  const prepare = async () => (await statements.prepare("select 1 as one")).statement;
  const first = await prepare();
  expect(await prepare()).toBe(first);
  {
    using _ = statements.occupy();
    statements.forget();
    expect(readRows(await first.run())).toEqual([{ one: 1 }]);
  }
  const second = await prepare();
  expect(second).not.toBe(first);
  statements.forget();
  expect(await prepare()).not.toBe(second);
});

test("nothing begins on a connection that nobody waits for any more", async () => {
  using stack = new DisposableStack();
  const instance = stack.adopt(await openEngine({ threads: 1 }), (engine) => engine.closeSync());
  const connection = stack.adopt(await connectEngine(instance), (open) => open.closeSync());
  using statements = new PreparedStatements(connection);
  const reason = new Error("gone");
  expect(() => statements.occupy(AbortSignal.abort(reason))).toThrow(reason);
});
