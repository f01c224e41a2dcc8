import { createHash } from "node:crypto";
import type { JsonQuery } from "@thoth/subgraph/json-statement";
import { type JsonPieces, sizeOfPieces } from "@thoth/subgraph/operation-parts";
import type { RunQuery } from "@thoth/subgraph/planned-execution";
import type { ServedVersions } from "./served-versions.ts";
import { SingleFlight } from "./single-flight.ts";
import { SizedCache } from "./sized-cache.ts";

/**
 * Runs statements, each once per state of the data it reads. The key is the statement with its values, the decisions it
 * was written under and the snapshots it reads: a publish makes new keys for what it touched, and the old ones fade.
 */
export function cacheStatements(versions: ServedVersions, maxBytes: number): RunQuery {
  const results = new SizedCache<JsonPieces>(maxBytes);
  const flights = new SingleFlight<JsonPieces>();
  return async (query, { context, effort }) => {
    const { engine } = context;
    const { epoch } = engine;
    const served = versions.of(query.reads.keys());
    const run = (signal: AbortSignal | undefined) => engine.bytes(query.sql, query.params, { signal, effort });
    if (served === undefined || isChanging(epoch)) return run(context.signal);
    const key = `${digestOf(query)} ${served}`;
    const known = results.get(key);
    if (known !== undefined) return known;
    return flights.run(
      key,
      async (signal) => {
        const pieces = await run(signal);
        // It may have read what came in between.
        if (engine.epoch === epoch) results.set(key, pieces, sizeOfPieces(pieces));
        return pieces;
      },
      context.signal,
    );
  };
}

export function isChanging(epoch: number): boolean {
  return epoch % 2 === 1;
}

const digests = new WeakMap<JsonQuery, string>();

function digestOf(query: JsonQuery): string {
  const known = digests.get(query);
  if (known !== undefined) return known;
  const decisions = [...query.reads].map(([product, { fingerprint }]) => [product.id, product.version, fingerprint]);
  const digest = createHash("sha256")
    .update(JSON.stringify([query.sql, query.params, decisions], bigintText))
    .digest("base64url");
  digests.set(query, digest);
  return digest;
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}
