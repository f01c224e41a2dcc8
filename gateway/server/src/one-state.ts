import type { ProductModel } from "@thoth/contract/product-model";
import type { PlannedResult } from "@thoth/subgraph/planned-execution";
import { isChanging } from "./cached-statements.ts";
import { gatewayError } from "./errors.ts";
import type { GatewayContext } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";

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
): Promise<PlannedResult | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { epoch } = engine;
    const before = versions.all();
    const result = await answer();
    const stayed = engine.epoch === epoch && !isChanging(epoch);
    if (stayed || result === undefined) return result;
    if (isServedStill([...result.readTwice], before, versions)) return result;
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
