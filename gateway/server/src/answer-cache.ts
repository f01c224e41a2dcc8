import { createHash } from "node:crypto";
import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { type JsonPieces, sizeOfPieces } from "@thoth/subgraph/operation-parts";
import type { ServerOptions } from "@thoth/subgraph/served-graph";
import { isChanging } from "./cached-statements.ts";
import { consumerOf } from "./consumer.ts";
import type { RateLimits } from "./rate-limits.ts";
import { bearerToken } from "./request-context.ts";
import type { ServedVersions } from "./served-versions.ts";
import type { Decide } from "./server-settings.ts";
import { SizedCache } from "./sized-cache.ts";
import type { UsedOperation } from "./usage-document.ts";
import type { Use } from "./usage-recorder.ts";

/** A whole answer, and what must still be so for it to be given again. */
export interface RememberedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonPieces;
  readonly madeFrom: ReadonlyMap<ProductModel, Decision>;
  /** The snapshots that were served while it was made. */
  readonly served: string;
  readonly operation: UsedOperation;
}

/** Told of an answer before it is given again. Rejects when it must not be given. */
export type TellAgain = (answer: RememberedAnswer, use: Use, requestId: string) => Promise<void>;

/** A request as far as its answer depends on it. */
export interface AskedAgain {
  /** Everything that may change the answer, besides the data and what may be seen of them. */
  readonly key: string;
  readonly authorization: string | undefined;
  readonly purpose: string | undefined;
  /** Where it comes from. */
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
}

export interface AnswerCacheParts extends Pick<ServerOptions, "authenticate" | "clock" | "engine"> {
  readonly versions: ServedVersions;
  readonly decide: Decide;
  readonly maxBytes: number;
  /** Told of every answer that is given again. */
  readonly recordUse: (use: Use) => void;
  readonly tell?: TellAgain | undefined;
  /** An answer that is given again costs a request, and no values: nothing is read for it. */
  readonly limits: RateLimits;
}

/**
 * Answers to requests that were asked before. One is given again when the same bytes are asked by somebody whose token is
 * still good and whose decisions are the same, and every snapshot that it was made from is still the current one.
 */
export class AnswerCache {
  readonly #answers: SizedCache<RememberedAnswer>;
  readonly #parts: AnswerCacheParts;

  constructor(parts: AnswerCacheParts) {
    this.#answers = new SizedCache(parts.maxBytes);
    this.#parts = parts;
  }

  async find(asked: AskedAgain): Promise<RememberedAnswer | undefined> {
    const { versions, authenticate, engine, clock, recordUse } = this.#parts;
    const answer = this.#answers.get(asked.key);
    if (answer === undefined || isChanging(engine.epoch)) return undefined;
    if (versions.of(answer.madeFrom.keys()) !== answer.served) {
      this.#answers.delete(asked.key);
      return undefined;
    }
    // A token that is no good any more is explained by who else gets the request.
    const principal = await authenticate(bearerToken(asked.authorization ?? null)).catch(() => undefined);
    if (principal === undefined) return undefined;
    const { purpose } = asked;
    const now = clock();
    const decide = (product: ProductModel) => this.#parts.decide(principal, product, purpose);
    if (!isDecidedAgain(answer.madeFrom, decide, now)) return undefined;
    // Who asks too much is told so by who else gets the request.
    if (!this.#parts.limits.mayTake(consumerOf(principal, asked.address), { requests: 1 })) return undefined;
    const use = { ...answer.operation, contextValue: { principal, purpose, decide, now } };
    if (!(await this.#isTold(answer, use, asked))) return undefined;
    recordUse(use);
    return answer;
  }

  /** What cannot be written down is refused by who else gets the request. */
  async #isTold(answer: RememberedAnswer, use: Use, { requestId = "" }: AskedAgain): Promise<boolean> {
    try {
      await this.#parts.tell?.(answer, use, requestId);
      return true;
    } catch {
      return false;
    }
  }

  remember(key: string, answer: RememberedAnswer): void {
    const { engine, versions } = this.#parts;
    if (isChanging(engine.epoch) || versions.of(answer.madeFrom.keys()) !== answer.served) return;
    this.#answers.set(key, answer, sizeOfPieces(answer.body));
  }
}

function isDecidedAgain(
  before: ReadonlyMap<ProductModel, Decision>,
  decide: (product: ProductModel) => Decision,
  now: number,
): boolean {
  return [...before].every(([product, { fingerprint }]) => {
    const decision = decide(product);
    return decision.fingerprint === fingerprint && (decision.expiresAt ?? Number.POSITIVE_INFINITY) > now;
  });
}

/** Weak: the engine may write the last digit of a sum one way or another. */
export function entityTag(key: string, served: string, madeFrom: ReadonlyMap<ProductModel, Decision>): string {
  const decisions = [...madeFrom].map(
    ([product, { fingerprint }]) => `${product.id}@${product.version} ${fingerprint}`,
  );
  const digest = createHash("sha256")
    .update([key, served, ...decisions].join("\n"))
    .digest("base64url");
  return `W/"${digest.slice(0, 27)}"`;
}
