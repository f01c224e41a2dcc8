import type { SqlRow } from "@thoth/warehouse/query-engine";
import DataLoader from "dataloader";
import { distinctKeys, rowsByKey } from "./by-key.ts";
import type { ParentKeys } from "./compile-source.ts";
import { subgraphError } from "./errors.ts";
import { limits } from "./limits.ts";
import type { QueryPlan } from "./query-plan.ts";
import { runPlan } from "./run-plan.ts";
import type { SubgraphContext } from "./subgraph.ts";

/**
 * Answers a relation for all parents of one level with one statement. Plans that are equal share it, wherever in the
 * operation they come from.
 */
export class RelationLoaders {
  readonly #context: SubgraphContext;
  readonly #byPlan = new Map<string, DataLoader<readonly string[], readonly SqlRow[]>>();
  readonly #plans = new WeakMap<QueryPlan, DataLoader<readonly string[], readonly SqlRow[]>>();

  constructor(context: SubgraphContext) {
    this.#context = context;
  }

  /** Rows of the parent with this key, in the plan's order. */
  load(plan: QueryPlan, key: readonly string[]): Promise<readonly SqlRow[]> {
    return this.#loader(plan).load(key);
  }

  #loader(plan: QueryPlan) {
    const known = this.#plans.get(plan);
    if (known !== undefined) return known;
    const text = JSON.stringify(plan);
    const loader = this.#byPlan.get(text) ?? this.#open(plan);
    this.#byPlan.set(text, loader);
    this.#plans.set(plan, loader);
    return loader;
  }

  // No cache: parents come once per level, and DataLoader's would compare keys by identity.
  #open(plan: QueryPlan) {
    return new DataLoader<readonly string[], readonly SqlRow[]>((keys) => readLevel(this.#context, plan, keys), {
      cache: false,
    });
  }
}

async function readLevel(context: SubgraphContext, plan: QueryPlan, keys: ParentKeys): Promise<(readonly SqlRow[])[]> {
  const { distinct, places } = distinctKeys(keys);
  const rows = await runPlan(context, plan, distinct);
  if (rows.length > limits.maxRelationRows) {
    throw subgraphError["relation-too-large"]({ field: plan.source.table.name[2], rows: limits.maxRelationRows });
  }
  const byKey = rowsByKey(rows);
  return places.map((place) => byKey.get(place) ?? []);
}
