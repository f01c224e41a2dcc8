import type { Row, Tables } from "./tables.ts";

/** Hand-written statements that answer the fields of the schema; camel case as the fields are. */
const columns = {
  user: 'user_id AS "userId", name, email, region, plan_id AS "planId"',
  plan: 'plan_id AS "planId", name, price',
  usage: 'user_id AS "userId", total_usage AS "totalUsage", events, last_seen AS "lastSeen"',
  event:
    'event_id AS "eventId", user_id AS "userId", category, action, device, occurred_at AS "occurredAt", amount, quantity, ok',
};

export interface EventWhere {
  readonly eventId?: { readonly gte?: number; readonly in?: readonly number[] };
  readonly category?: { readonly eq?: string };
  readonly quantity?: { readonly gte?: number };
}

export async function userByKey(tables: Tables, userId: number): Promise<Row | undefined> {
  const [row] = await tables.rows(`SELECT ${columns.user} FROM users WHERE user_id = $1`, [userId]);
  return row;
}

export function usersFrom(tables: Tables, from: number, first: number): Promise<Row[]> {
  return tables.rows(`SELECT ${columns.user} FROM users WHERE user_id >= $1 ORDER BY user_id LIMIT $2`, [from, first]);
}

/** @returns one entry a key, in the order of the keys */
export async function plansByKeys(tables: Tables, keys: readonly number[]): Promise<(Row | undefined)[]> {
  const sql = `SELECT ${columns.plan} FROM plans SEMI JOIN (SELECT unnest($1) AS key) ON plan_id = key`;
  return inOrder(keys, "planId", await tables.rows(sql, [keys]));
}

/** @returns one entry a key, in the order of the keys */
export async function usageByKeys(tables: Tables, keys: readonly number[]): Promise<(Row | undefined)[]> {
  const sql = `SELECT ${columns.usage} FROM user_usage SEMI JOIN (SELECT unnest($1) AS key) ON user_id = key`;
  return inOrder(keys, "userId", await tables.rows(sql, [keys]));
}

export function events(tables: Tables, where: EventWhere, first: number): Promise<Row[]> {
  const { eventId, category, quantity } = where;
  const conditions: string[] = [];
  const parameters: (string | number | readonly number[])[] = [];
  const add = (condition: string, value: string | number | readonly number[] | undefined) => {
    if (value === undefined) return;
    parameters.push(value);
    conditions.push(condition.replace("?", `$${parameters.length}`));
  };
  add("event_id >= ?", eventId?.gte);
  add("event_id IN (SELECT unnest(?))", eventId?.in);
  add("category = ?", category?.eq);
  add("quantity >= ?", quantity?.gte);
  parameters.push(first);
  const filter = conditions.length === 0 ? "true" : conditions.join(" AND ");
  const sql = `SELECT ${columns.event} FROM events WHERE ${filter} ORDER BY event_id LIMIT $${parameters.length}`;
  return tables.rows(sql, parameters);
}

export async function eventGroups(tables: Tables, table: "events" | "large_events", quantity: number) {
  const rows = await tables.rows(
    `SELECT category, count(*) AS count, sum(amount) AS amount, sum(quantity) AS quantity FROM ${table}
     WHERE quantity >= $1 GROUP BY category ORDER BY category`,
    [quantity],
  );
  return rows.map(({ category, count, amount, quantity }) => ({
    group: { category },
    count: Number(count),
    sum: { amount, quantity: Number(quantity) },
  }));
}

function inOrder(keys: readonly number[], key: string, rows: readonly Row[]): (Row | undefined)[] {
  const byKey = new Map(rows.map((row) => [row[key], row]));
  return keys.map((value) => byKey.get(value));
}
