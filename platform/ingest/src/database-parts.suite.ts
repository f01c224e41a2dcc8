import { type Landing, openLanding } from "@thoth/testing/landing";
import { describe, expect, test } from "vitest";
import { type BackfillResult, stageStream } from "./backfill-stream.ts";
import type { Source, Stream } from "./connector.ts";
import type { SuiteServer } from "./database.suite.ts";

const columns = { id: "BIGINT", at: "TIMESTAMP WITH TIME ZONE", note: "VARCHAR" };
const cursor = { column: "at", key: "id" };
const january = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 1, 1) };
const february = { from: january.until, until: Date.UTC(2026, 2, 1) };
const quarter = { from: january.from, until: Date.UTC(2026, 3, 1) };

/** Loads parts of a stream again that has landed from the source called `source`. */
export async function loadAgain(
  landing: Landing,
  stream: Stream,
  {
    parts,
    runId = "backfill",
    ...more
  }: { parts: readonly { from: number; until: number }[]; runId?: string; collectedDir?: string },
): Promise<Omit<BackfillResult, "rowCountAfter">[]> {
  const source: Source = { name: "source", kind: "test", description: "", streams: [stream] };
  const { engine, sourcesDir } = landing;
  const range = {
    from: Math.min(...parts.map(({ from }) => from)),
    until: Math.max(...parts.map(({ until }) => until)),
  };
  const signal = new AbortController().signal;
  const now = Date.UTC(2027, 0, 1);
  const options = {
    engine,
    sourcesDir,
    root: sourcesDir,
    control: undefined as never,
    signal,
    now,
    range,
    runId,
    ...more,
  };
  await using staged = await stageStream(source, stream, options);
  const done: Omit<BackfillResult, "rowCountAfter">[] = [];
  for (const part of parts) {
    const { rowCountAfter: _, ...counts } = await staged.replace(part, runId);
    done.push(counts);
  }
  return done;
}

const counts = (rowsRead: number, rowsInserted: number, rowsDeleted: number) => ({
  rowsRead,
  rowsInserted,
  rowsDeleted,
});

/** What tables of any database server promise about parts that are loaded again. */
export function suiteDatabaseParts(name: string, server: SuiteServer): void {
  const createThings = `CREATE TABLE things (id bigint PRIMARY KEY, at ${server.instant} NOT NULL, born ${server.instant}, note text);`;
  const rowsOf = async (landing: Landing) =>
    (await landing.query('select id, note from raw.things order by id, "at", note')).map(
      ({ id, note }) => `${id}${note}`,
    );

  describe(`parts of a table: ${name}`, () => {
    test("a part becomes what the table holds; versions that it holds no more stay, and what has not landed is left", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things (id, at, note) VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2026-01-02 00:00:00', 'a'),
  (3, '2026-01-31 23:59:59', 'a'), (4, '2026-01-20 00:00:00', 'a'), (5, '2026-01-21 00:00:00', 'a'), (6, '2026-02-01 00:00:00', 'a')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append" }, 2);
      await landing.land(stream);
      await database.run("UPDATE things SET at = '2026-02-10 00:00:00', note = 'b' WHERE id = 2");
      await landing.land(stream);
      const good = await rowsOf(landing);
      expect(good).toEqual(["1a", "2a", "2b", "3a", "4a", "5a", "6a"]);
      const both = [january, february];
      expect(await loadAgain(landing, stream, { parts: both })).toEqual([counts(4, 0, 0), counts(2, 0, 0)]);

      await landing.engine.run("update raw.things set note = 'wrong' where id in (1, 6)");
      await landing.engine.run("delete from raw.things where id = 3");
      await landing.engine.run("insert into raw.things select * from raw.things where id = 4");
      await landing.engine.run("insert into raw.things select * replace (99 as id) from raw.things where id = 4");
      await database.run("INSERT INTO things (id, at, note) VALUES (7, '2026-02-20 00:00:00', 'a')");
      const checkpoint = await landing.query("select checkpoint from mesh.stream_state");
      expect(await loadAgain(landing, stream, { parts: [january] })).toEqual([counts(4, 2, 4)]);
      expect(await rowsOf(landing)).toEqual(["1a", "2a", "2b", "3a", "4a", "5a", "6wrong"]);
      expect(await landing.query("select checkpoint from mesh.stream_state")).toEqual(checkpoint);
      expect(await loadAgain(landing, stream, { parts: [february] })).toEqual([counts(2, 1, 1)]);
      expect(await rowsOf(landing)).toEqual(good);

      await database.run("DELETE FROM things WHERE id = 5");
      expect(await loadAgain(landing, stream, { parts: both })).toEqual([counts(3, 0, 1), counts(2, 0, 0)]);
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
      expect(await rowsOf(landing)).toEqual(["1a", "2a", "2b", "3a", "4a", "6a", "7a"]);
    });

    test("by an event time beside the cursor, whatever the rows were: the newest of each key is what the table holds", async () => {
      await using database = await server.openDatabase();
      const days = server.numbers(90);
      await database.run(`${createThings}
INSERT INTO things (id, at, note) SELECT i, '2026-04-01 00:00:00', 'first' FROM ${days};
UPDATE things SET born = '2026-01-05 00:00:00' WHERE id % 3 = 0;
UPDATE things SET born = '2026-02-05 00:00:00' WHERE id % 3 = 1`);
      await using landing = await openLanding();
      const own = { ...columns, born: "TIMESTAMP WITH TIME ZONE" };
      const stream = database.stream({ columns: own, cursor, mode: "append", eventTime: "born" });
      await landing.land(stream);
      // Some change, some move to another part, and one has not landed yet when its part is loaded again.
      await database.run("UPDATE things SET at = '2026-04-02 00:00:00', note = 'second' WHERE id % 5 = 0");
      await database.run("UPDATE things SET at = '2026-04-02 00:00:00', born = '2026-03-05 00:00:00' WHERE id % 7 = 0");
      await landing.land(stream);
      await database.run("UPDATE things SET at = '2026-04-03 00:00:00', born = '2026-03-06 00:00:00' WHERE id = 9");
      await landing.engine.run("update raw.things set note = 'wrong' where id % 11 = 0 and born is not null");
      await landing.engine.run("delete from raw.things where id % 13 = 0 and born is not null");
      await loadAgain(landing, stream, { parts: [january, february, { from: february.until, until: quarter.until }] });
      expect(await landing.query("select count(*)::integer as rows from raw.things where id = 9")).toEqual([
        { rows: 1 },
      ]);
      await landing.land(stream);
      const newest = `select id, note, strftime(born, '%m') as part from raw.things
qualify row_number() over (partition by id order by "at" desc) = 1 order by id`;
      await using whole = await openLanding();
      await whole.land(stream);
      expect(await landing.query(newest)).toEqual(await whole.query(newest));
      const doubled = `select id from raw.things group by id, "at" having count(*) > 1`;
      expect(await landing.query(doubled)).toEqual([]);
    });

    test("rows that are marked as deleted stay so", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things (id, at, note) VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2026-01-02 00:00:00', 'a'), (3, '2026-01-03 00:00:00', 'a')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append", deletes: "mark" });
      await landing.land(stream);
      await database.run("DELETE FROM things WHERE id = 2");
      await landing.land(stream);
      await landing.engine.run("update raw.things set note = 'wrong' where id = 3");
      expect(await loadAgain(landing, stream, { parts: [january] })).toEqual([counts(2, 1, 1)]);
      expect(
        await landing.query("select id, note, _deleted_at is not null as gone from raw.things order by id"),
      ).toEqual([
        { id: 1n, note: "a", gone: false },
        { id: 2n, note: "a", gone: true },
        { id: 3n, note: "a", gone: false },
      ]);
    });

    test("a table without times has no parts, and one that is loaded as a whole needs none", async () => {
      await using database = await server.openDatabase();
      const numbered = { columns: { id: "BIGINT", note: "VARCHAR" }, cursor: { column: "id", key: "id" } };
      expect(database.stream({ ...numbered, mode: "append" })).toMatchObject({
        unparted: "has neither an event time (eventTime) nor a cursor that is a time",
      });
      expect(database.stream({ ...numbered, mode: "append" }).parts).toBeUndefined();
      expect(database.stream({ columns, mode: "replace" }).parts).toBeUndefined();
    });
  });
}
