import { promiseWord } from "@thoth/contract/describe-promises";
import type { ProductModel, PromiseModel } from "@thoth/contract/product-model";

type Promising = Pick<ProductModel, "promises">;

/**
 * Everything a contract says about one property, in its order.
 * @param property ODCS word or code, in any case: `latency`, `ly`
 */
export function findPromises(model: Promising, property: string): PromiseModel[] {
  const word = promiseWord(property);
  return model.promises.filter((promise) => promiseWord(promise.property) === word);
}

/**
 * The shortest duration a contract promises for a property, in milliseconds: who keeps that one keeps them all.
 * @returns undefined when it promises none, or nothing that is a duration
 */
export function promisedDuration(model: Promising, property: string): number | undefined {
  const durations = findPromises(model, property).flatMap(({ durationMs }) => durationMs ?? []);
  return durations.length === 0 ? undefined : Math.min(...durations);
}

/** How far a product's data may lie behind now, in milliseconds: what its freshness is judged by. */
export function latencyPromise(model: Promising): number | undefined {
  return promisedDuration(model, "latency");
}
