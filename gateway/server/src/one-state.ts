import type { ProductModel } from "@thoth/contract/product-model";
import type { PlannedResult } from "@thoth/subgraph/planned-execution";
import { isChanging } from "./cached-statements.ts";
import { gatewayError } from "./errors.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";

export interface StatedResult {
  readonly result: PlannedResult;
  /** The snapshots that it was made from; undefined when they are not known for certain. */
  readonly served: string | undefined;
}

/** How often an operation begins anew because what it reads was published meanwhile. */
const mostAttempts = 5;

/**
 * Answers from one snapshot of each product, although every field is a statement of its own: when one that several fields
 * read was replaced between them, the operation is answered again. What did not change is remembered, so that costs little.
 * @throws MeshError `gateway/changed-meanwhile`
 */
export async function onOneState(
  { engine }: Pick<GatewayContext, "engine">,
  versions: ServedVersions,
  answer: () => Promise<PlannedResult | undefined>,
): Promise<StatedResult | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { epoch } = engine;
    const before = versions.all();
    const result = await answer();
    if (result === undefined) return undefined;
    // Nothing may come between this comparison and reading the versions: they must be those that were read.
    if (engine.epoch === epoch && !isChanging(epoch))
      return { result, served: versions.of(result.madeFrom?.keys() ?? []) };
    if (isServedStill([...result.readTwice], before, versions)) return { result, served: undefined };
  }
  throw gatewayError["changed-meanwhile"]({ attempts: mostAttempts });
}

function isServedStill(
  products: readonly ProductModel[],
  before: ReadonlyMap<string, string>,
  versions: ServedVersions,
): boolean {
  const now = versions.all();
  const names = products.map(({ domain, product }) => `${domain}/${product}`);
  return names.every((name) => before.get(name) === now.get(name));
}
