import { limits } from "@thoth/subgraph/limits";
import type { SmallProduct } from "@thoth/testing/small-contract";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";

/** Rows of the tables that differ in size, and of the largest answer. */
export interface WorldSize {
  readonly users: number;
  readonly events: number;
  readonly largeEvents: number;
  readonly exportRows: number;
}

/** A hundred thousand, or what the gateway gives at most in one answer. */
const exportRows = Math.min(100_000, limits.maxFirst);

export const fullSize: WorldSize = { users: 20_000, events: 1_000_000, largeEvents: 10_000_000, exportRows };
export const quickSize: WorldSize = { users: 20_000, events: 200_000, largeEvents: 1_000_000, exportRows: 10_000 };

/** When everything has been published. */
export const publishedAt = Date.UTC(2026, 5, 1);

/** Three domains that refer to each other by key. Every value follows from the number of its row. */
export function worldProducts({ users, events, largeEvents }: WorldSize): SmallProduct[] {
  return [
    {
      id: "accounts/users",
      object: "user",
      key: ["user_id"],
      columns: { user_id: "integer", name: "string", email: "string", region: "string", plan_id: "integer" },
      relations: {
        plan: { to: "billing/plans", from: ["plan_id"] },
        usage: { to: "activity/user-usage", from: ["user_id"] },
      },
      rows: `SELECT range AS user_id, 'User ' || range AS name, 'user' || range || '@example.org' AS email,
        ['AU', 'BR', 'CA', 'EU', 'IN', 'JP', 'US', 'ZA'][(1 + hash(range, 1) % 8)::INTEGER] AS region, 1 + hash(range, 2) % 5 AS plan_id
        FROM range(1, ${users} + 1)`,
    },
    {
      id: "billing/plans",
      object: "plan",
      key: ["plan_id"],
      columns: { plan_id: "integer", name: "string", price: "number" },
      rows: "SELECT range AS plan_id, 'Plan ' || range AS name, range * 9.75 AS price FROM range(1, 6)",
    },
    {
      id: "activity/user-usage",
      object: "user_usage",
      key: ["user_id"],
      columns: { user_id: "integer", total_usage: "number", events: "integer", last_seen: "timestamp" },
      rows: `SELECT user_id, sum(amount) AS total_usage, count(*) AS events, max(occurred_at) AS last_seen
        FROM (${eventRows(events, users)}) GROUP BY user_id`,
    },
    {
      id: "activity/events",
      object: "event",
      key: ["event_id"],
      columns: eventColumns,
      rows: eventRows(events, users),
    },
    {
      id: "activity/large-events",
      object: "large_event",
      key: ["event_id"],
      columns: eventColumns,
      rows: eventRows(largeEvents, users),
    },
  ];
}

const eventColumns = {
  event_id: "integer",
  user_id: "integer",
  category: "string",
  action: "string",
  device: "string",
  occurred_at: "timestamp",
  amount: "number",
  quantity: "integer",
  ok: "boolean",
} as const;

/** Amounts are whole quarters: their sums are exact in whatever order they are made. The first events go round all users. */
function eventRows(events: number, users: number): string {
  return `SELECT range AS event_id, if(range <= ${users}, range, 1 + hash(range, 3) % ${users}) AS user_id,
    'category ' || lpad((hash(range, 4) % 100)::VARCHAR, 2, '0') AS category, 'action ' || hash(range, 5) % 20 AS action,
    ['desktop', 'laptop', 'phone', 'tablet', 'watch'][(1 + hash(range, 6) % 5)::INTEGER] AS device,
    TIMESTAMPTZ '2026-01-01 00:00:00Z' + INTERVAL 1 SECOND * range + INTERVAL 1 MILLISECOND * (range % 1000) AS occurred_at,
    (hash(range, 7) % 4000) / 4.0 AS amount, 1 + hash(range, 8) % 16 AS quantity, hash(range, 9) % 10 <> 0 AS ok
    FROM range(1, ${events} + 1)`;
}

/** Where a server that is not ours finds the rows of a product: the file of its snapshot, and the table in it. */
export interface TableFile {
  readonly name: string;
  readonly file: string;
}

/** Publishes the world's products; the files live as long as what this returns. */
export function openWorld(size: WorldSize): Promise<SmallMesh> {
  return openSmallMesh(worldProducts(size), { now: publishedAt });
}
