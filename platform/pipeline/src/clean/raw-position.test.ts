import { openLanding } from "@thoth/testing/landing";
import { expect, test } from "vitest";
import type { Maintained } from "./clean-shape.ts";
import { firstNewRow, readPosition } from "./raw-position.ts";

const shape = {
  layer: "raw",
  source: "things",
  sourceColumns: [{ name: "id", type: "BIGINT" }],
} as unknown as Maintained;

test("new rows are found by their row ids, and by counting when the engine has closed gaps", async () => {
  await using landing = await openLanding();
  const { engine } = landing;
  await engine.run("create table raw.things (id bigint)");
  const none = { definition: "", rewrittenBy: null, ...(await readPosition(engine, shape)) };
  expect(none).toMatchObject({ landed: 0, nextRow: 0, markedAt: null });
  await engine.run("insert into raw.things from range(400000)");
  expect(await firstNewRow(engine, "things", none, await readPosition(engine, shape))).toBe(0);
  await engine.run("delete from raw.things where id < 300000");
  const since = { ...none, ...(await readPosition(engine, shape)) };
  expect(since).toMatchObject({ landed: 100_000, nextRow: 400_000 });
  await engine.run("insert into raw.things from range(400000, 400010)");
  const newest = async () => {
    const first = await firstNewRow(engine, "things", since, await readPosition(engine, shape));
    const rows = await engine.query("select count(*) as count, min(id) as id from raw.things where rowid >= $1", [
      first,
    ]);
    return { first, ...rows[0] };
  };
  expect(await newest()).toEqual({ first: 400_000, count: 10n, id: 400_000n });
  await engine.checkpoint();
  const found = await newest();
  expect(found).toMatchObject({ count: 10n, id: 400_000n });
  expect(found.first, "the engine has closed gaps").toBeLessThan(400_000);
});
