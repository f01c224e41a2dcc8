import type { Clock } from "@thoth/kernel/clock";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import { type SnapshotRow, snapshotFromRow } from "./snapshot-rows.ts";

/** An address that is told whenever a product is published. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly domain: string;
  readonly product: string;
  readonly purpose: string | null;
  /** Whose right to read the product counts: the name of a person or service. */
  readonly consumer: string;
  /** Whether the address may be one of this machine or of a private network. */
  readonly allowPrivate: boolean;
  readonly createdBy: string;
  /** Epoch ms. */
  readonly createdAt: number;
}

export interface KeptWebhook extends Webhook {
  /** Encrypted; only who has the key of the home can use it. */
  readonly sealedSecret: string;
}

export type DeliveryState = "waiting" | "delivered" | "dead";

/** How deliveries to one webhook stand. */
export interface WebhookStanding extends Webhook {
  readonly delivered: number;
  readonly waiting: number;
  readonly dead: readonly DeadDelivery[];
  /** Why the last attempt failed, when something waits. */
  readonly problem: string | null;
}

/** A delivery that was given up. */
export interface DeadDelivery {
  /** Of the message, as its receiver knows it. */
  readonly message: string;
  readonly snapshot: string;
  readonly attempts: number;
  readonly problem: string;
  /** Epoch ms. */
  readonly at: number;
}

/** A delivery that is to be made now. Nobody else makes it until its lease is over. */
export interface DueDelivery {
  readonly webhook: KeptWebhook;
  readonly move: number;
  /** Attempts before this one. */
  readonly attempts: number;
  readonly snapshot: Snapshot;
}

export type DeliveryEnd =
  | { readonly state: "delivered" }
  | { readonly state: "dead"; readonly problem: string }
  /** @property dueAt epoch ms */
  | { readonly state: "waiting"; readonly problem: string; readonly dueAt: number };

export interface WebhookStore {
  add(webhook: KeptWebhook): Promise<void>;
  list(): Promise<WebhookStanding[]>;
  /** @returns false when there is none of that id */
  remove(id: string): Promise<boolean>;
  /** Sends what was given up again. @returns how many deliveries; undefined when there is no such webhook */
  retry(id: string): Promise<number | undefined>;
  /** Makes a delivery of every move that has none yet. */
  enqueue(): Promise<void>;
  /** Takes deliveries whose time has come, the oldest first. @param leaseMs after which one that was not settled is made again */
  claim(most: number, leaseMs: number): Promise<DueDelivery[]>;
  settle(delivery: DueDelivery, end: DeliveryEnd): Promise<void>;
}

/** The same for every attempt to deliver one move to one address. */
export function messageId(webhookId: string, move: number): string {
  return `${webhookId}_${move}`;
}

export function openWebhookStore(control: ControlPlane, clock: Clock): WebhookStore {
  const now = () => new Date(clock());
  return {
    add: (webhook) => add(control, webhook),
    list: () => list(control),
    remove: async (id) =>
      (await control.query("delete from mesh.webhooks where id = $1 returning id", [id])).length > 0,
    retry: (id) => control.transaction((handle) => retry(handle, id, now())),
    enqueue: () => control.transaction((handle) => enqueue(handle, clock())),
    claim: (most, leaseMs) => claim(control, most, { now: now(), until: new Date(clock() + leaseMs) }),
    settle: (delivery, end) => settle(control, { delivery, end, now: now() }),
  };
}

async function add(control: ControlPlane, webhook: KeptWebhook): Promise<void> {
  const { id, url, domain, product, purpose, consumer, allowPrivate, sealedSecret, createdBy, createdAt } = webhook;
  await control.query(
    `insert into mesh.webhooks
       (id, url, domain, product, purpose, consumer, allow_private, sealed_secret, created_by, created_at, after_move)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce(max(sequence), 0) from mesh.pointer_moves`,
    [id, url, domain, product, purpose, consumer, allowPrivate, sealedSecret, createdBy, new Date(createdAt)],
  );
}

interface WebhookRow {
  readonly id: string;
  readonly url: string;
  readonly domain: string;
  readonly product: string;
  readonly purpose: string | null;
  readonly consumer: string;
  readonly allow_private: boolean;
  readonly created_by: string;
  readonly created_at: Date;
}

interface DeliveryRow {
  readonly webhook_id: string;
  readonly move: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly problem: string | null;
  readonly changed_at: Date;
  readonly snapshot_id: string;
}

async function list(control: ControlPlane): Promise<WebhookStanding[]> {
  const webhooks = await control.query<WebhookRow>("select * from mesh.webhooks order by created_at, id");
  const counts = await control.query<{ webhook_id: string; delivered: number; waiting: number }>(
    `select webhook_id, count(*) filter (where state = 'delivered') as delivered,
       count(*) filter (where state = 'waiting') as waiting
     from mesh.webhook_deliveries group by webhook_id`,
  );
  const open = await control.query<DeliveryRow>(
    `select deliveries.*, snapshot_id from mesh.webhook_deliveries as deliveries
     join mesh.pointer_moves on sequence = move where state <> 'delivered' order by move`,
  );
  return webhooks.map((row) => {
    const mine = open.filter(({ webhook_id }) => webhook_id === row.id);
    const count = counts.find(({ webhook_id }) => webhook_id === row.id);
    const waiting = mine.filter(({ state }) => state === "waiting");
    return {
      ...webhookOf(row),
      delivered: count?.delivered ?? 0,
      waiting: count?.waiting ?? 0,
      dead: mine.filter(({ state }) => state === "dead").map(deadOf),
      problem: waiting.findLast(({ problem }) => problem !== null)?.problem ?? null,
    };
  });
}

function webhookOf({ allow_private, created_by, created_at, ...row }: WebhookRow): Webhook {
  const { id, url, domain, product, purpose, consumer } = row;
  const made = { allowPrivate: allow_private, createdBy: created_by, createdAt: created_at.getTime() };
  return { id, url, domain, product, purpose, consumer, ...made };
}

function deadOf({ webhook_id, move, snapshot_id, attempts, problem, changed_at }: DeliveryRow): DeadDelivery {
  const message = messageId(webhook_id, move);
  return { message, snapshot: snapshot_id, attempts, problem: problem ?? "", at: changed_at.getTime() };
}

async function retry(handle: ControlHandle, id: string, now: Date): Promise<number | undefined> {
  const known = await handle.query("select id from mesh.webhooks where id = $1", [id]);
  if (known.length === 0) return undefined;
  const sent = await handle.query(
    `update mesh.webhook_deliveries set state = 'waiting', attempts = 0, due_at = $2, changed_at = $2
     where webhook_id = $1 and state <> 'delivered' returning move`,
    [id, now],
  );
  return sent.length;
}

const hourMs = 3_600_000;
const keptMs = 30 * 24 * hourMs;

/**
 * Moves are not committed in the order of their numbers, so those of the last hour are looked at again each time. What was
 * delivered is forgotten after thirty days.
 */
async function enqueue(handle: ControlHandle, now: number): Promise<void> {
  await handle.query(
    `insert into mesh.webhook_deliveries (webhook_id, move, state, attempts, due_at, changed_at)
     select webhooks.id, sequence, 'waiting', 0, $1, $1 from mesh.webhooks
     join mesh.pointer_moves using (domain, product)
     where sequence > after_move and not exists (
       select from mesh.webhook_deliveries where webhook_id = webhooks.id and move = sequence)
     on conflict do nothing`,
    [new Date(now)],
  );
  await handle.query(
    `update mesh.webhooks set after_move = settled.newest from (
       select max(sequence) as newest from mesh.pointer_moves where moved_at < $1) as settled
     where settled.newest > after_move`,
    [new Date(now - hourMs)],
  );
  await handle.query(
    `delete from mesh.webhook_deliveries using mesh.webhooks
     where webhooks.id = webhook_id and state = 'delivered' and changed_at < $1 and move <= after_move`,
    [new Date(now - keptMs)],
  );
}

type ClaimedRow = WebhookRow & { readonly sealed_secret: string };

async function claim(
  control: ControlPlane,
  most: number,
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<DueDelivery[]> {
  const claimed = await control.query<{ webhook_id: string; move: number; attempts: number }>(
    `update mesh.webhook_deliveries as taken set due_at = $2 from (
       select webhook_id, move from mesh.webhook_deliveries where state = 'waiting' and due_at <= $1
       order by due_at, move limit ${most} for update skip locked) as due
     where taken.webhook_id = due.webhook_id and taken.move = due.move
     returning taken.webhook_id, taken.move, taken.attempts`,
    [now, until],
  );
  // In which order rows come back that were changed is up to the database.
  const inOrder = claimed.toSorted((a, b) => a.move - b.move);
  const due = await Promise.all(inOrder.map((delivery) => dueDelivery(control, delivery)));
  return due.filter((delivery) => delivery !== undefined);
}

/** Undefined when its webhook has been removed since it was claimed. */
async function dueDelivery(
  control: ControlPlane,
  { webhook_id, move, attempts }: { webhook_id: string; move: number; attempts: number },
): Promise<DueDelivery | undefined> {
  const [webhook] = await control.query<ClaimedRow>("select * from mesh.webhooks where id = $1", [webhook_id]);
  const [snapshot] = await control.query<SnapshotRow>(
    "select snapshots.* from mesh.snapshots join mesh.pointer_moves on snapshot_id = id where sequence = $1",
    [move],
  );
  if (webhook === undefined) return undefined;
  if (snapshot === undefined) throw new Error(`the move ${move} of a pointer is to nothing`);
  const kept = { ...webhookOf(webhook), sealedSecret: webhook.sealed_secret };
  return { webhook: kept, move, attempts, snapshot: snapshotFromRow(snapshot) };
}

interface Settling {
  readonly delivery: DueDelivery;
  readonly end: DeliveryEnd;
  readonly now: Date;
}

async function settle(control: ControlPlane, { delivery, end, now }: Settling): Promise<void> {
  const problem = end.state === "delivered" ? null : end.problem;
  const due = end.state === "waiting" ? new Date(end.dueAt) : now;
  await control.query(
    `update mesh.webhook_deliveries set state = $3, attempts = attempts + 1, due_at = $4, problem = $5, changed_at = $6
     where webhook_id = $1 and move = $2`,
    [delivery.webhook.id, delivery.move, end.state, due, problem, now],
  );
}
