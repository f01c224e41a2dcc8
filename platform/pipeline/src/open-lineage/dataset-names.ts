import { setTimeout as wait } from "node:timers/promises";
import type { AddressContext, DatasetAddress } from "@thoth/ingest/dataset-address";
import { snakeCase } from "@thoth/kernel/names";
import type { Domain } from "../domain.ts";
import type { TableLineage } from "../lineage-table.ts";
import type { DatasetName } from "./run-event.ts";

/** How tables are named to others. */
export interface Naming {
  /** Of jobs and of the mesh's own tables: the name of the mesh. */
  readonly namespace: string;
  /** Streams, by id, whose data everybody knows under another name; the others are named as the mesh's own. */
  readonly addresses?: ReadonlyMap<string, DatasetAddress>;
}

/**
 * The name of a table for other tools: as SQL names it, `ontrack_learning.product.units`; of a stream in its source
 * what that is called by everybody, or `ontrack_learning.source.ontrack-database.tasks`.
 */
export function datasetName(
  { id, domain, layer, table }: Pick<TableLineage, "id" | "domain" | "layer" | "table">,
  { namespace, addresses }: Naming,
): DatasetName {
  const catalog = snakeCase(domain);
  if (layer !== "source") return { namespace, name: `${catalog}.${layer}.${table}` };
  const source = id.slice(domain.length + 1, id.length - table.length - 1);
  return addresses?.get(id) ?? { namespace, name: `${catalog}.source.${source}.${table}` };
}

/** The rows of a product before they are published: what its audit reads. */
export function stagedName({ domain, table }: TableLineage, { namespace }: Naming): DatasetName {
  return { namespace, name: `${snakeCase(domain)}.staging.${table}` };
}

/**
 * Never fails: a stream whose setting is missing cannot be read either, and its run tells why. Where a connection comes
 * from is a team's own function, which may ask somebody who does not answer.
 * @param limitMs how long each stream is waited for; one that says nothing until then has the mesh's own name
 */
export async function readAddresses(
  domains: readonly Domain[],
  context: AddressContext,
  limitMs = 5000,
): Promise<ReadonlyMap<string, DatasetAddress>> {
  const streams = domains.flatMap(({ name: domain, sources }) =>
    sources.flatMap((source) =>
      source.streams.map((stream) => ({ id: `${domain}/${source.name}:${stream.name}`, stream })),
    ),
  );
  const known = await Promise.all(
    streams.map(async ({ id, stream }) => {
      const address = await inTime(async () => stream.address?.(context), limitMs);
      return address === undefined ? [] : [[id, address] as const];
    }),
  );
  return new Map(known.flat());
}

/** @returns undefined when it fails or is overdue */
async function inTime<T>(ask: () => Promise<T>, limitMs: number): Promise<T | undefined> {
  const done = new AbortController();
  const overdue = wait(limitMs, undefined, { signal: done.signal }).catch(() => undefined);
  const answer = await Promise.race([ask().catch(() => undefined), overdue]);
  done.abort();
  return answer;
}
