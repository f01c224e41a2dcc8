import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { openWriteSide, type WriteSide } from "@thoth/warehouse/write-side";
import { afterAll, beforeAll, expect, test } from "vitest";
import { reconcileClean } from "./reconcile-clean.ts";

let dir: TempDir;
let engine: WriteSide;

beforeAll(async () => {
  dir = await tempDir();
  engine = await openWriteSide({ file: `${dir.path}/clean.duckdb`, tmpDir: dir.path, pseudonymKey: "k" });
  await engine.run(`create table raw.tasks as select * from (values
    (1, 'a', 1), (1, 'b', 2), (2, 'a', 1), (2, 'a', 1), (3, null, 1), (null, 'c', 1)) as t(id, word, seen)`);
  await engine.run("create table raw.words as select * from (values ('a', 1), ('a', 2)) as t(word, means)");
});

afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await dir[Symbol.asyncDispose]();
});

async function reconcile(sql: string, more = 0) {
  const [row] = await engine.query(`select count(*) as count from (${sql})`);
  return reconcileClean(engine, "clean.tasks", sql, Number(row?.count) + more);
}

const newest = "qualify row_number() over (partition by id order by seen desc) = 1";

test.each([
  ["select id, upper(word) as word from raw.tasks", { landed: 6, filtered: 0, duplicates: 0, clean: 6 }],
  ["select * from raw.tasks as t where t.word = 'a' order by id", { landed: 6, filtered: 3, duplicates: 0, clean: 3 }],
  [`select * from raw.tasks ${newest}`, { landed: 6, filtered: 0, duplicates: 2, clean: 4 }],
  [`select * from raw.tasks where word is not null ${newest}`, { landed: 6, filtered: 1, duplicates: 2, clean: 3 }],
  ["select * from raw.tasks where id <> 9007199254740993", { landed: 6, filtered: 1, duplicates: 0, clean: 5 }],
  ["select * from raw.tasks where id < 1e2 and true", { landed: 6, filtered: 1, duplicates: 0, clean: 5 }],
  ["select * from raw.tasks where true", { landed: 6, filtered: 0, duplicates: 0, clean: 6 }],
  [
    `select id, upper(word) as loud from raw.tasks where loud <> 'B'
      qualify row_number() over (partition by loud order by id) = 1`,
    { landed: 6, filtered: 2, duplicates: 2, clean: 2 },
  ],
  ["select distinct id, word from raw.tasks", { landed: 6, filtered: 0, duplicates: 1, clean: 5 }],
  ["select id, sum(seen) over (partition by id) as s from raw.tasks", { landed: 6, duplicates: 0, clean: 6 }],
])("%s adds up", async (sql, counts) => {
  expect(await reconcile(sql)).toMatchObject({ source: "raw.tasks", ...counts });
  await expect(reconcile(sql, 1)).rejects.toMatchObject({
    code: "pipeline/counts-differ",
    message: expect.stringMatching(/Rows of clean.tasks do not add up: there must be \d \(6 in raw.tasks, \d left out/),
  });
});

test.each([
  [
    "select id, means from raw.tasks left join raw.words using (word)",
    { filtered: 0, repeated: 3, duplicates: 0, clean: 9 },
  ],
  [
    "select t.id from raw.tasks t join raw.words w on w.word = t.word",
    { filtered: 3, repeated: 3, duplicates: 0, clean: 6 },
  ],
  [
    "select t.id as n from raw.tasks t left join raw.words w using (word) where n > 1",
    { filtered: 3, repeated: 2, clean: 5 },
  ],
  [
    `select * from raw.tasks t left join raw.words w using (word) ${newest.replace("seen", "t.seen")}`,
    { filtered: 0, repeated: 3, duplicates: 5, clean: 4 },
  ],
  [
    "select distinct t.id from raw.tasks t left join raw.words w using (word)",
    { repeated: 3, duplicates: 5, clean: 4 },
  ],
  ["select a.id from raw.tasks a left join raw.tasks b using (id)", { filtered: 0, repeated: 4, clean: 10 }],
  [
    "select t.id from raw.tasks t left join raw.words w using (word) join raw.words v using (word)",
    { filtered: 3, repeated: 9, clean: 12 },
  ],
])("%s adds up, and what joins leave out or repeat is counted as such", async (sql, counts) => {
  const sum = await reconcile(sql);
  expect(sum).toMatchObject({ source: "raw.tasks", landed: 6, ...counts });
  const { landed = 0, filtered = 0, repeated = 0, duplicates = 0, clean } = sum ?? {};
  expect(landed - filtered + repeated - duplicates).toBe(clean);
  await expect(reconcile(sql, 1)).rejects.toMatchObject({
    message: expect.stringMatching(/\(6 in raw.tasks, \d left out, \d repeated by joins, \d duplicates\)/),
  });
});

test.each([
  "select id, count(*) as n from raw.tasks group by id",
  "select max(id) as id from raw.tasks",
  "select a.id from raw.tasks a full join raw.words b using (word)",
  "select a.id from raw.tasks a, raw.words b",
  "select a.id from raw.tasks a left join (select 'a' as word) b using (word)",
  "select a.id from raw.tasks a asof join raw.tasks b on a.id = b.id and a.seen >= b.seen",
  "select count(*) from raw.tasks a left join raw.words b using (word)",
  "select id from raw.tasks limit 3",
  "select unnest([id, seen]) as id from raw.tasks",
  "select id from raw.tasks where random() < 0.5",
  "select distinct on (id) id, word from raw.tasks",
  "select id from raw.tasks qualify rank() over (partition by id order by seen) = 1",
  "with t as (select 1 as id) select id from t",
  "select id from raw.tasks union all select 1",
  "select id from raw.tasks where id in (select id from raw.tasks)",
])("%s is not for us to say", async (sql) => {
  expect(await reconcileClean(engine, "clean.tasks", sql, 99)).toBeUndefined();
});
