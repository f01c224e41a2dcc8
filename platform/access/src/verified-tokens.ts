import type { KeyObject } from "node:crypto";
import type { Principal } from "./decision.ts";
import type { VerifiedToken } from "./token.ts";

/** Longest time for which a token is not verified again, milliseconds: a key that an issuer withdraws counts by then. */
const longestMs = 60_000;
const mostTokens = 1_000;

interface Known extends VerifiedToken {
  readonly verifiedAt: number;
}

/**
 * Tokens that were verified lately. Verifying takes a signature's time, and every request carries the same token; that the
 * same token gives the same object lets decisions be remembered for it.
 */
export class VerifiedTokens {
  readonly #known = new Map<string, Known>();

  /** @param ownKey of the mesh now: what was verified with another one is not known any more; @param now epoch ms */
  find(token: string, ownKey: KeyObject | undefined, now: number): Principal | undefined {
    const known = this.#known.get(token);
    if (known === undefined) return undefined;
    const isKeyGood = known.verifiedWith === undefined || known.verifiedWith === ownKey;
    if (isKeyGood && known.verifiedAt <= now && now < Math.min(known.expiresAt, known.verifiedAt + longestMs))
      return known.principal;
    this.#known.delete(token);
    return undefined;
  }

  keep(token: string, verified: VerifiedToken, now: number): Principal {
    if (this.#known.size >= mostTokens) this.#known.delete(this.#known.keys().next().value ?? "");
    this.#known.set(token, { ...verified, verifiedAt: now });
    return verified.principal;
  }
}
