import type { ObservedUse } from "@thoth/contract/impact/impact";
import type { ConsumerKind, UsageBatch } from "@thoth/contract/impact/read-count";
import type { Clock } from "@thoth/kernel/clock";
import type { ControlHandle, ControlPlane } from "./control-plane.ts";
import { usageMigration } from "./migrations/usage-tables.ts";
import { advisoryLock } from "./worker-presence.ts";

export interface UsageFilter {
  readonly domain?: string;
  readonly product?: string;
  /** Epoch ms. */
  readonly since: number;
}

/** What was read, and since when anybody counts. */
export interface UsageReport {
  /** Epoch ms. What was read before is not known. */
  readonly countedSince: number;
  /**
   * For every product that was read, one entry per reader for the product itself, and one for each of its columns.
   * Ordered by product, column and reader.
   */
  readonly uses: readonly ObservedUse[];
}

/** Who read what: per hour, as counted by every gateway. */
export interface UsageStore {
  /** Adds a batch, whole or not at all, once. Removes what is older than `keptDays`. @returns false when it had been added before */
  save(batch: UsageBatch): Promise<boolean>;
  report(filter: UsageFilter): Promise<UsageReport>;
}

/** Uses are kept for a year and a season, so that what is read once a year is seen. */
export const keptDays = 400;
const dayMs = 86_400_000;

export function openUsageStore(control: ControlPlane, clock: Clock): UsageStore {
  return {
    save: (batch) => control.transaction((handle) => save(handle, batch, clock())),
    report: async (filter) => ({ countedSince: await countedSince(control), uses: await list(control, filter) }),
  };
}

async function save(handle: ControlHandle, { writer, sequence, counts }: UsageBatch, now: number): Promise<boolean> {
  // One after another: what one writer finds there must not be forgotten by another before it is pointed at.
  await handle.query("select pg_advisory_xact_lock($1::int, 0)", [advisoryLock.usage]);
  const isNew = await handle.query(takeSequenceSql, [writer, sequence, new Date(now)]);
  if (isNew.length === 0) return false;
  const rows = JSON.stringify(counts);
  for (const sql of [addReadersSql, addReadsSql, addUsageSql]) await handle.query(sql, [rows]);
  await forget(handle, new Date(now - keptDays * dayMs));
  return true;
}

const takeSequenceSql = `
  insert into mesh.usage_writers (writer, sequence, saved_at) values ($1, $2::int, $3)
  on conflict (writer) do update set sequence = excluded.sequence, saved_at = excluded.saved_at
  where usage_writers.sequence < excluded.sequence returning writer`;

const givenSql = `
  select to_timestamp((count ->> 'hour')::int8 / 1000) as hour, count ->> 'product' as product,
    count ->> 'version' as version, count ->> 'consumer' as consumer, coalesce(count ->> 'domain', '') as domain,
    coalesce(count ->> 'purpose', '') as purpose, coalesce(count ->> 'kind', '') as kind,
    coalesce(count ->> 'port', '') as port, md5(count ->> 'columns') as digest,
    array(select jsonb_array_elements_text(count -> 'columns')) as columns, (count ->> 'reads')::int8 as reads
  from jsonb_array_elements($1::jsonb) as given (count)`;

const addReadersSql = `
  insert into mesh.usage_readers (consumer, domain, purpose, kind, port)
  select distinct consumer, domain, purpose, kind, port from (${givenSql}) as given
  on conflict do nothing`;

const addReadsSql = `
  insert into mesh.usage_reads (product, version, columns, digest)
  select distinct on (product, version, digest) product, version, columns, digest from (${givenSql}) as given
  order by product, version, digest
  on conflict do nothing`;

const addUsageSql = `
  insert into mesh.usage (read_id, reader_id, hour, reads)
  select usage_reads.id, usage_readers.id, hour, sum(reads) from (${givenSql}) as given
  join mesh.usage_reads using (product, version, digest)
  join mesh.usage_readers using (consumer, domain, purpose, kind, port)
  group by usage_reads.id, usage_readers.id, hour
  on conflict (read_id, reader_id, hour) do update set reads = usage.reads + excluded.reads`;

async function forget(handle: ControlHandle, before: Date): Promise<void> {
  const old = await handle.query("delete from mesh.usage where hour < $1 returning hour", [before]);
  if (old.length === 0) return;
  await handle.query("delete from mesh.usage_writers where saved_at < $1", [before]);
  for (const [table, reference] of pointedAt) {
    await handle.query(
      `delete from mesh.${table} where not exists (select from mesh.usage where usage.${reference} = ${table}.id)`,
    );
  }
}

const pointedAt = [
  ["usage_readers", "reader_id"],
  ["usage_reads", "read_id"],
] as const;

async function countedSince(handle: ControlHandle): Promise<number> {
  const [row] = await handle.query<{ applied_at: Date }>("select applied_at from mesh.migrations where name = $1", [
    usageMigration.name,
  ]);
  if (row === undefined) throw new Error("tables are brought up to date before they are read");
  return row.applied_at.getTime();
}

interface UsageRow {
  readonly product: string;
  readonly version: string;
  readonly column: string | null;
  readonly consumer: string;
  readonly domain: string;
  readonly purpose: string;
  readonly kind: string;
  readonly port: string;
  readonly last_read_at: Date;
  readonly reads: number;
}

async function list(handle: ControlHandle, { domain, product, since }: UsageFilter): Promise<ObservedUse[]> {
  const rows = await handle.query<UsageRow>(listSql, [new Date(since), domain ?? null, product ?? null]);
  return rows.map((row) => ({
    product: row.product,
    version: row.version,
    column: row.column ?? undefined,
    consumer: row.consumer,
    domain: row.domain === "" ? undefined : row.domain,
    purpose: row.purpose === "" ? undefined : row.purpose,
    kind: row.kind === "" ? undefined : (row.kind as ConsumerKind),
    port: row.port === "" ? undefined : row.port,
    lastReadAt: row.last_read_at.getTime(),
    reads: Number(row.reads),
  }));
}

const listSql = `
  with counted as (
    select read_id, reader_id, max(hour) as last_read_at, sum(reads) as reads from mesh.usage
    where hour >= $1 and read_id in (
      select id from mesh.usage_reads
      where ($2::text is null or split_part(product, '/', 1) = $2)
        and ($3::text is null or split_part(product, '/', 2) = $3)
    )
    group by read_id, reader_id
  )
  select product, version, element.name as column, consumer, domain, purpose, kind, port,
    max(last_read_at) as last_read_at, sum(counted.reads)::int8 as reads
  from counted
  join mesh.usage_reads on usage_reads.id = read_id
  join mesh.usage_readers on usage_readers.id = reader_id
  cross join lateral unnest(array_append(columns, null)) as element (name)
  group by product, version, element.name, consumer, domain, purpose, kind, port
  order by product, version, element.name nulls first, consumer, domain, purpose, kind, port`;
