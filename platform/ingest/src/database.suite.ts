import { type Landing, openLanding } from "@thoth/testing/landing";
import { describe, expect, test } from "vitest";
import { speakRead } from "./airbyte-out/speak-airbyte.ts";
import type { Checkpoint, Stream } from "./connector.ts";
import type { DatabaseTableOptions } from "./database-source.ts";

/** An empty database that the suite fills. */
export interface SuiteDatabase extends AsyncDisposable {
  /** Runs statements as its owner, with times in UTC. */
  run(statements: string): Promise<unknown>;
  stream(table: DatabaseTableOptions & { readonly stream?: string }, batchRows?: number): Stream;
}

export interface SuiteServer {
  openDatabase(): Promise<SuiteDatabase>;
  /** Of a server of its own, which stops when it is disposed. */
  openAlone(): Promise<SuiteDatabase>;
  /** A type of the server that holds an instant. */
  readonly instant: string;
  /** A FROM item with the numbers from 1 on as `i`. */
  numbers(count: number): string;
}

const columns = { id: "BIGINT", at: "TIMESTAMP WITH TIME ZONE", note: "VARCHAR" };
const cursor = { column: "at", key: "id" };

/** What tables of any database server promise beyond what every connector does. */
export function suiteDatabase(name: string, server: SuiteServer): void {
  const createThings = `CREATE TABLE things (id bigint PRIMARY KEY, at ${server.instant} NOT NULL, note text);`;

  describe(`database suite: ${name}`, () => {
    test("a changed row lands again, and one committed late is found within the overlap", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2026-01-01 00:10:00', 'b')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append" });
      await landing.land(stream);
      await database.run(`UPDATE things SET at = '2026-01-01 00:11:00', note = 'a2' WHERE id = 1;
INSERT INTO things VALUES (3, '2026-01-01 00:08:00', 'late')`);
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 2, rowCountAfter: 4 });
      expect(await landing.query(`select id, note, "at"::varchar as "at" from raw.things order by all`)).toEqual([
        { id: 1n, note: "a", at: "2026-01-01 00:00:00+00" },
        { id: 1n, note: "a2", at: "2026-01-01 00:11:00+00" },
        { id: 2n, note: "b", at: "2026-01-01 00:10:00+00" },
        { id: 3n, note: "late", at: "2026-01-01 00:08:00+00" },
      ]);
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowCountAfter: 4 });
      expect(await landing.query("select run_id from mesh.stream_state")).toEqual([{ run_id: "run-2" }]);
    });

    test("a row of the future lands once, and hides nothing that changes before it", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2038-01-01 00:00:00', 'far')`);
      await using landing = await openLanding();
      for (const deletes of [undefined, "mark"] as const) {
        const table = {
          table: "things",
          columns,
          cursor,
          mode: "append" as const,
          ...(deletes === undefined ? {} : { deletes }),
        };
        const stream = database.stream({ ...table, stream: `things_${deletes}` }, 1);
        expect(await landing.land(stream)).toMatchObject({ rowsRead: 2 });
        await database.run("INSERT INTO things VALUES (3, '2026-11-01 00:00:00', 'new')");
        expect(await landing.land(stream)).toMatchObject({ rowsRead: 1, rowCountAfter: 3 });
        expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowCountAfter: 3 });
        await database.run("DELETE FROM things WHERE id = 3");
      }
    });

    test("rows of the future alone, or a checkpoint of the future, are read again and land once", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings} INSERT INTO things VALUES (1, '2038-01-01 00:00:00', 'far')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append", deletes: "mark" });
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
      await database.run("INSERT INTO things VALUES (2, '2026-01-01 00:00:00', 'b')");
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 1, rowCountAfter: 2 });
      const ahead = JSON.stringify({ cursor: "2038-01-01 00:00:00", key: "1" });
      await landing.query(`update mesh.stream_state set checkpoint = '${ahead}'`);
      await database.run("INSERT INTO things VALUES (3, '2026-02-01 00:00:00', 'c')");
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 1, rowCountAfter: 3 });
    });

    test("a second change within the same time lands too, and one that is taken back", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings} INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append" });
      for (const note of ["'a'", "'b'", "NULL", "'a'"]) {
        await database.run(`UPDATE things SET note = ${note}`);
        expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
        expect(await landing.land(stream)).toMatchObject({ rowsRead: 0 });
      }
      const landed = await landing.query("select note from raw.things order by rowid");
      expect(landed.map(({ note }) => note)).toEqual(["a", "b", null, "a"]);
    });

    test("a row that was committed later than the overlap reaches is found by its key", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2026-01-01 09:00:00', 'b')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append", deletes: "mark" });
      await landing.land(stream);
      await database.run("INSERT INTO things VALUES (3, '2026-01-01 01:00:00', 'late')");
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 1, rowsDeleted: 0, rowCountAfter: 3 });
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowCountAfter: 3 });
    });

    test("rows that are gone at the source are marked, and unmarked when they come back", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2026-01-01 00:10:00', 'b'), (3, '2026-01-01 09:00:00', 'c')`);
      await using landing = await openLanding();
      const stream = database.stream({ columns, cursor, mode: "append", deletes: "mark" }, 2);
      const land = () => landing.land(stream);
      const marks = async () =>
        (await landing.query('select id, note, _deleted_at is not null as gone from raw.things order by id, "at"')).map(
          ({ id, note, gone }) => `${id}${note}${gone ? " gone" : ""}`,
        );
      expect(await land()).toMatchObject({ rowsRead: 3, rowsDeleted: 0 });
      await database.run("DELETE FROM things WHERE id = 1");
      await database.run("UPDATE things SET note = 'b2', at = '2026-01-01 10:00:00' WHERE id = 2");
      expect(await land()).toMatchObject({ rowsRead: 1, rowsDeleted: 1, rowCountAfter: 4 });
      expect(await marks()).toEqual(["1a gone", "2b", "2b2", "3c"]);
      expect(await land()).toMatchObject({ rowsRead: 0, rowsDeleted: 0 });
      expect(await landing.query("select run_id from mesh.stream_state")).toEqual([{ run_id: "run-2" }]);
      await database.run("INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a')");
      await database.run("DELETE FROM things WHERE id = 2");
      expect(await land()).toMatchObject({ rowsRead: 0, rowsUpdated: 1, rowsDeleted: 2 });
      expect(await marks()).toEqual(["1a", "2b gone", "2b2 gone", "3c"]);
      await database.run("DELETE FROM things");
      expect(await land()).toMatchObject({ rowsDeleted: 2, rowCountAfter: 4 });
      const whole = () => database.stream({ columns, mode: "replace", deletes: "mark" });
      expect(whole).toThrow(/follows deletions by itself/);
    });

    test("a whole table follows deletions, and lands nothing when it has not changed", async () => {
      await using database = await server.openDatabase();
      await database.run("CREATE TABLE tags (label text); INSERT INTO tags VALUES ('a'), (NULL), (''), ('b')");
      await using landing = await openLanding();
      const columns = { label: "VARCHAR" };
      const stream = database.stream({ stream: "labels", table: "tags", mode: "replace", columns });
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 4, rowCountAfter: 4 });
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowsDeleted: 0, rowCountAfter: 4 });
      await database.run("DELETE FROM tags WHERE label = 'a'");
      expect(await landing.land(stream)).toMatchObject({
        rowsRead: 3,
        rowsInserted: 0,
        rowsDeleted: 1,
        rowCountAfter: 3,
      });
      expect(await landing.query("select label from raw.labels order by label nulls first")).toEqual([
        { label: null },
        { label: "" },
        { label: "b" },
      ]);
      await database.run("DELETE FROM tags");
      expect(await landing.land(stream)).toMatchObject({ rowsDeleted: 3, rowCountAfter: 0 });
    });

    test("a check reaches the table and reads nothing of it", async () => {
      await using database = await server.openDatabase();
      await database.run(createThings);
      await using landing = await openLanding();
      const check = (table: Partial<DatabaseTableOptions>) => {
        const stream = database.stream({ columns, cursor, mode: "append", ...table });
        const { engine, sourcesDir } = landing;
        const signal = new AbortController().signal;
        return stream.check?.({ engine, sourcesDir, root: sourcesDir, checkpoint: undefined, signal } as never);
      };
      await check({});
      await expect(check({ table: "none" })).rejects.toMatchObject({ code: "ingest/missing-table" });
      const more = { columns: { ...columns, absent: "VARCHAR" } };
      await expect(check(more)).rejects.toMatchObject({ code: "ingest/missing-column" });
      const unfit = { cursor: { column: "at", key: "note" } };
      await expect(check(unfit)).rejects.toMatchObject({ code: "ingest/unfit-cursor" });
    });

    test("as an Airbyte source it goes on from its state, less the overlap: what it holds comes again", async () => {
      await using database = await server.openDatabase();
      await database.run(`${createThings}
INSERT INTO things VALUES (1, '2026-01-01 00:00:00', 'a'), (2, '2026-01-01 00:10:00', 'b'), (3, '2026-01-01 00:12:00', 'c')`);
      for (const [overlap, expected] of [
        [undefined, [2, 3, 4]],
        [0, [3, 4]],
      ] as const) {
        await using landing = await openLanding();
        const own = overlap === undefined ? cursor : { ...cursor, overlap };
        const stream = database.stream({ columns, cursor: own, mode: "append", deletes: "mark" }, 2);
        const first = await spoken(stream, landing, undefined);
        expect(first.records).toEqual([
          { id: 1, at: "2026-01-01T00:00:00.000000Z", note: "a" },
          { id: 2, at: "2026-01-01T00:10:00.000000Z", note: "b" },
          { id: 3, at: "2026-01-01T00:12:00.000000Z", note: "c" },
        ]);
        await database.run("INSERT INTO things VALUES (4, '2026-01-01 00:13:00', 'd')");
        const second = await spoken(stream, landing, first.checkpoint);
        expect(second.records.map(({ id }) => id)).toEqual(expected);
        await database.run("DELETE FROM things WHERE id = 4");
      }
    });

    test("all rows of a stream belong to one moment", async () => {
      await using database = await server.openDatabase();
      await database.run(`CREATE TABLE things (id bigint PRIMARY KEY, at int NOT NULL, note text);
INSERT INTO things SELECT i, i, REPEAT('x', 1000) FROM ${server.numbers(20_000)}`);
      await using landing = await openLanding();
      const stream = database.stream({ columns: { id: "BIGINT", at: "INTEGER" }, cursor, mode: "append" }, 500);
      let batches = 0;
      const disturbed = afterEachBatch(stream, async () => {
        if (batches++ > 0) return;
        await database.run("INSERT INTO things VALUES (20001, 20001, ''); DELETE FROM things WHERE id = 19999");
      });
      expect(await landing.land(disturbed)).toMatchObject({ rowsRead: 20_000 });
      expect(batches).toBeGreaterThan(10);
      expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
    });

    test("a server that goes away in the middle: what had landed stays, and the place is named", async () => {
      const alone = await server.openAlone();
      await alone.run(`CREATE TABLE things (id bigint PRIMARY KEY, note text);
INSERT INTO things SELECT i, REPEAT('x', 1000) FROM ${server.numbers(40_000)}`);
      await using landing = await openLanding();
      const table = { columns: { id: "BIGINT", note: "VARCHAR" }, mode: "append" } as const;
      const stream = alone.stream({ ...table, cursor: { column: "id", key: "id" } }, 500);
      let stopped: Promise<void> | undefined;
      const cut = afterEachBatch(stream, async () => {
        stopped ??= Promise.resolve(alone[Symbol.asyncDispose]());
        await stopped;
      });
      await expect(landing.land(cut)).rejects.toMatchObject({
        code: "ingest/source-unreachable",
        at: expect.anything(),
      });
      expect(await landing.query("select count(*) > 0 as landed from raw.things")).toEqual([{ landed: true }]);
    });
  });
}

/** What a stream says as an Airbyte source, and the state that it ends with. */
async function spoken(stream: Stream, { engine, sourcesDir }: Landing, checkpoint: Checkpoint | undefined) {
  const signal = new AbortController().signal;
  const now = Date.UTC(2027, 0, 1);
  const context = { engine, sourcesDir, root: sourcesDir, checkpoint: undefined, now, signal };
  let text = "";
  const speaking = { context: context as never, config: "{}", clock: () => 0 };
  for await (const piece of speakRead([{ stream, checkpoint }], speaking)) text += String(piece);
  const messages = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return {
    records: messages.flatMap(({ record }) => (record === undefined ? [] : [record.data])),
    checkpoint: messages.findLast(({ type }) => type === "STATE").state.stream.stream_state as Checkpoint,
  };
}

/** Calls `then` whenever a batch is durable and the next one has not been asked for. */
export function afterEachBatch(stream: Stream, then: () => Promise<void>): Stream {
  return {
    ...stream,
    async *read(context) {
      for await (const batch of stream.read(context)) {
        yield batch;
        await then();
      }
    },
  };
}
