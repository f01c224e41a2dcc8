import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Decision } from "../decision.ts";
import { allRows, decision, openLibrary, readerOf, type SmallTable } from "./fixtures/library.ts";
import type { SecuredSql } from "./secured-sql.ts";

/** Who sees the hashes of keys must not see them in the order of the keys, by whatever a statement shows an order. */

const resources = new AsyncDisposableStack();
/** The same rows, stored by their keys and the other way round. */
let stored: readonly [SecuredSql, SecuredSql];

const table = (order: string): SmallTable => ({
  name: "marks",
  columns: { person: "VARCHAR", unit: "VARCHAR", mark: "DOUBLE", tie: "INTEGER" },
  rows: `select 'p' || lpad(i::varchar, 4, '0') as person, 'u' || (i * 7 % 5) as unit,
    (case i % 3 when 0 then 1e16 when 1 then 1 else -1e16 end)::double as mark, 1 as tie
    from range(500) t(i) order by person ${order}`,
});

beforeAll(async () => {
  const open = async (order: string) => {
    const library = resources.use(await openLibrary([table(order)]));
    return resources.use(await library.open({ maskKey: "a key for tests", limits: { threads: 1 } }));
  };
  stored = [await open("asc"), await open("desc")];
});
afterAll(() => resources.disposeAsync());

const columns = { person: "masked", unit: "clear", mark: "clear", tie: "clear" } as const;
const hashed: Partial<Decision> = { masks: { person: { kind: "hash" } } };
const grouping = { subject: "person", dimensions: ["unit"], types: { unit: "VARCHAR" } };

const hidden: Readonly<Record<string, Decision>> = {
  "hashed keys": decision(columns, hashed),
  "hashed keys of some rows": decision(columns, { ...hashed, rowFilter: `"unit" IN ('u1', 'u2', 'u4')` }),
  "keys that are not there": decision({ ...columns, person: "denied" }),
};
const clear = decision({ ...columns, person: "clear" });

const answers = (one: Decision, statement: string) =>
  Promise.all(
    stored.map(async (sql) =>
      allRows(await sql.prepare(statement.replaceAll("$", "library.marks"), readerOf({ marks: one }))),
    ),
  );

/** `person` is what tells rows apart; where it is not there, they are told apart by less. */
const statements = [
  "select person, unit from $",
  "select person from $ limit 7",
  "select person from $ limit 3 offset 100",
  "select first(person), last(person), any_value(person) from $",
  "select list(person) from $",
  "select string_agg(person, ',') from $ where unit = 'u1'",
  "select person, row_number() over () from $ order by person",
  "select person, lag(person) over (partition by unit) from $ order by person",
  "select unit, arg_max(person, tie), arg_min(person, tie) from $ group by unit order by unit",
  "select unit, first(person) from $ group by unit",
  "select unit, count(*) from $ group by unit",
  "select distinct unit from $",
  "select distinct on (unit) unit, person from $ order by unit",
  "select person from $ order by tie limit 5",
  "select mode(person) from $",
  "select sum(mark), avg(mark) from $ where unit = 'u2'",
  "select a.person from $ a join (values ('u1'), ('u2')) v(u) on a.unit = v.u",
  "select person from $ where person in (select person from $ limit 9)",
  "with w as (select * from $) select person from w limit 4",
  "(select person from $ limit 2) union all select 'end'",
  "select (select person from $ limit 1)",
  "select histogram(person) from $ where unit = 'u4'",
  "from $ select person using sample reservoir(5 rows) repeatable (3)",
  "from $ select person using sample 20 percent (bernoulli, 7)",
];

const byPerson = statements.filter((statement) => statement.includes("person"));

describe.each(Object.entries(hidden))("%s", (_what, one) => {
  const asked = one.columns.person === "denied" ? statements.filter((sql) => !byPerson.includes(sql)) : statements;
  test.each(asked)("%s is answered as if rows were stored otherwise", async (statement) => {
    const [left, right] = await answers(one, statement);
    expect(left?.length).toBeGreaterThan(0);
    expect(right).toEqual(left);
  });
});

test("most of them show the order in which rows are stored to whoever sees the keys", async () => {
  const isTold = async (statement: string) => {
    const [left, right] = await answers(clear, statement);
    return JSON.stringify(left) !== JSON.stringify(right);
  };
  const told = await Promise.all(statements.map(isTold));
  expect(told.filter((one) => one).length).toBeGreaterThan(statements.length * 0.8);
});

test("hashes do not come in the order of their keys, and in another one for each consumer", async () => {
  const orders = ["0123456789abcdef", "fedcba9876543210"].map(async (salt) => {
    const [hashes = []] = await answers(decision(columns, { ...hashed, salt }), "select person, unit from $");
    const [keys = []] = await answers(clear, "select person, unit from $");
    // A unit that stands at the same place says that a key has been guessed: by chance one in five.
    return { hashes, guessed: hashes.filter(([, unit], index) => unit === keys[index]?.[1]).length };
  });
  const [mine, theirs] = await Promise.all(orders);
  for (const one of [mine, theirs]) expect(one?.guessed).toBeLessThan(250);
  const units = ({ hashes }: { hashes: readonly (readonly unknown[])[] }) => hashes.map(([, unit]) => unit);
  expect(mine && units(mine)).not.toEqual(theirs && units(theirs));
});

test("groups come in an order of what they show", async () => {
  const one = decision(
    { ...columns, person: "denied", mark: "aggregated", tie: "denied" },
    { minGroupSize: 5, grouping },
  );
  for (const statement of ["select unit, count(*) from $ group by unit", "select unit from $ group by all limit 2"]) {
    const [left, right] = await answers(one, statement);
    expect(right).toEqual(left);
  }
});
