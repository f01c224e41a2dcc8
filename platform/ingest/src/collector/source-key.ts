import { isKeyOf, newKey } from "@thoth/access/hashed-key";
import type { Rate } from "@thoth/kernel/token-bucket";

/**
 * `secret`: for programs that can keep it. `publishable`: may stand in a page or a program that anyone can read; it can
 * only send, from pages of its origins, for its sources, at its rate.
 */
export type KeyKind = "secret" | "publishable";

/** What is kept of a key; the key itself is shown once and never again. */
export interface SourceKey {
  /** Part of the key, so that it can be spoken of. */
  readonly id: string;
  /** What it is for, in a person's words. */
  readonly name: string;
  readonly kind: KeyKind;
  /** SHA-256 of the whole key, hexadecimal. */
  readonly sha256: string;
  /** Sources it may send for: `/splashkit/online`, or with a star at the end all that begin so. */
  readonly sources: readonly string[];
  /** Origins whose pages may use it: `https://splashkit.io`; for publishable keys. */
  readonly origins: readonly string[];
  readonly rate: Rate;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms; from then on it is refused. */
  readonly revokedAt?: number;
}

export type KeyTerms = Pick<SourceKey, "name" | "kind" | "sources" | "origins" | "rate">;

const prefixes: Readonly<Record<KeyKind, string>> = { secret: "sk", publishable: "pk" };

/** @param now epoch ms */
export function createSourceKey(terms: KeyTerms, now: number): { readonly key: string; readonly kept: SourceKey } {
  const { id, text: key, sha256 } = newKey(`thoth_${prefixes[terms.kind]}`);
  return { key, kept: { id, ...terms, sha256, createdAt: now } };
}

/** @returns the key that this is, also when it is revoked; undefined when it is none of them */
export function findSourceKey(keys: readonly SourceKey[], given: string): SourceKey | undefined {
  const id = /^thoth_(?:sk|pk)_([0-9a-f]{10})_/.exec(given)?.[1];
  const known = keys.find((key) => key.id === id);
  return known !== undefined && isKeyOf(known.sha256, given) ? known : undefined;
}

export function maySendFor({ sources }: Pick<SourceKey, "sources">, source: string): boolean {
  return sources.some((allowed) =>
    allowed.endsWith("*") ? source.startsWith(allowed.slice(0, -1)) : source === allowed,
  );
}
