import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { type DocumentNode, print } from "graphql";
import type { OperationPlan, PlannedOperation } from "./operation-plan.ts";

type Decide = (product: ProductModel) => Decision;

interface Entry {
  readonly plan: OperationPlan | undefined;
  /** What was decided while it was planned. */
  readonly decisions: ReadonlyMap<ProductModel, string>;
}

/**
 * Plans by what they were made from: the document's normalised text, the operation's name, the variables, and the
 * fingerprints of all decisions that planning asked for. Planning asks nothing else, so an entry whose decisions are
 * given again holds the plan that would be made again. `withinLast` counts from the request's instant: where the word
 * occurs, the instant is a part of the key, and such a plan serves equal requests of one instant only.
 */
export class PlanCache {
  readonly #most: number;
  readonly #plans = new Map<string, readonly Entry[]>();
  readonly #texts = new WeakMap<DocumentNode, string>();

  /** @param most how many operations are remembered; the one used longest ago is forgotten first */
  constructor(most = 500) {
    this.#most = most;
  }

  /** @param make plans with the decisions it is given */
  plan(
    operation: PlannedOperation,
    at: { readonly now: number; readonly decide: Decide },
    make: (decide: Decide) => OperationPlan | undefined,
  ): OperationPlan | undefined {
    const key = this.#key(operation, at.now);
    const known = key === undefined ? [] : (this.#plans.get(key) ?? []);
    const decide = remembering(at.decide);
    const found = known.find(({ decisions }) => isDecidedAgain(decisions, decide));
    if (found !== undefined) {
      this.#remember(key, known);
      return found.plan;
    }
    const decisions = new Map<ProductModel, string>();
    const plan = make((product) => {
      const decision = decide(product);
      decisions.set(product, decision.fingerprint);
      return decision;
    });
    this.#remember(key, [{ plan, decisions }, ...known].slice(0, mostDecisions));
    return plan;
  }

  #key({ document, operationName = "", variables = {} }: PlannedOperation, now: number): string | undefined {
    const text = this.#texts.get(document) ?? print(document);
    this.#texts.set(document, text);
    const key = `${operationName}\n${JSON.stringify(variables)}\n${text}`;
    if (key.length > longestKey) return undefined;
    return key.includes("withinLast") ? `${now}\n${key}` : key;
  }

  #remember(key: string | undefined, entries: readonly Entry[]): void {
    if (key === undefined) return;
    this.#plans.delete(key);
    this.#plans.set(key, entries);
    const [oldest] = this.#plans.keys();
    if (this.#plans.size > this.#most && oldest !== undefined) this.#plans.delete(oldest);
  }
}

/** Different decisions that one operation's plans are remembered for. */
const mostDecisions = 8;
/** Characters. Larger requests are planned each time, so that the cache stays small. */
const longestKey = 32_768;

/** Decides once per product: within one request all must agree. */
function remembering(decide: Decide): Decide {
  const known = new Map<ProductModel, Decision>();
  return (product) => {
    const decision = known.get(product) ?? decide(product);
    known.set(product, decision);
    return decision;
  };
}

function isDecidedAgain(decisions: ReadonlyMap<ProductModel, string>, decide: Decide): boolean {
  return [...decisions].every(([product, fingerprint]) => decide(product).fingerprint === fingerprint);
}
