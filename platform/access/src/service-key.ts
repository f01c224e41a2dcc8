import type { CredentialLimits, Principal } from "./decision.ts";
import { isKeyOf, newKey } from "./hashed-key.ts";
import { type ScramVerifier, scramVerifierOf } from "./scram-verifier.ts";
import { servicePrefix } from "./token-claims.ts";

/** What a key of a machine is given for. */
export interface ServiceKeyTerms {
  /** `grade-dashboard`; the machine is known as `service:grade-dashboard`. */
  readonly name: string;
  readonly roles: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly limits: CredentialLimits;
  /** Epoch ms; null: until it is revoked. */
  readonly until: number | null;
}

/** What is kept of a key; the key itself is shown once and never again. Times are epoch ms. */
export interface ServiceKey extends ServiceKeyTerms {
  readonly id: string;
  readonly sha256: string;
  readonly scram: ScramVerifier;
  readonly createdAt: number;
  /** Account of whoever made it; absent in those that were made before that was kept. */
  readonly madeBy?: string;
  /** Id of the key that took its place; `until` then is the end of the time that both are good. */
  readonly replacedBy?: string;
  readonly revokedAt?: number;
}

const prefix = "mk";

/** Whether a credential is meant as a service key, good or not. */
export function isServiceKeyText(credential: string): boolean {
  return credential.startsWith(`${prefix}_`);
}

export interface MadeServiceKey {
  /** `mk_<id>_<secret>` */
  readonly text: string;
  readonly kept: ServiceKey;
}

/** @param now epoch ms */
export function createServiceKey(terms: ServiceKeyTerms, now: number): MadeServiceKey {
  const { id, text, sha256 } = newKey(prefix);
  const { name, roles, attributes, limits, until } = terms;
  const scram = scramVerifierOf(text);
  return { text, kept: { id, name, roles, attributes, limits, until, sha256, scram, createdAt: now } };
}

/** A key in the place of another one, which stays good for a while. @param graceMs milliseconds */
export function rotateServiceKey(
  old: ServiceKey,
  { now, graceMs }: { readonly now: number; readonly graceMs: number },
): { readonly made: MadeServiceKey; readonly old: ServiceKey } {
  const made = createServiceKey(old, now);
  const until = Math.min(old.until ?? Number.POSITIVE_INFINITY, now + graceMs);
  return { made, old: { ...old, until, replacedBy: made.kept.id } };
}

/** `mk_1f0c33aa90_…` → its id, whether or not there is such a key. */
export function idOfServiceKey(text: string): string | undefined {
  return /^mk_([0-9a-f]{10})(?:_|$)/.exec(text)?.[1];
}

/** @returns the key that this is, also one that is not good any more; undefined when it is none of them */
export function findServiceKey(keys: ReadonlyMap<string, ServiceKey>, text: string): ServiceKey | undefined {
  const known = keys.get(idOfServiceKey(text) ?? "");
  return known !== undefined && isKeyOf(known.sha256, text) ? known : undefined;
}

export type ServiceKeyState = "good" | "replaced" | "expired" | "revoked";

/** `replaced` ones are still good, for a while. @param now epoch ms */
export function stateOfServiceKey(
  { revokedAt, until, replacedBy }: Pick<ServiceKey, "revokedAt" | "until" | "replacedBy">,
  now: number,
): ServiceKeyState {
  // Whatever the clock says: those of two machines differ, and one may go back.
  if (revokedAt !== undefined) return "revoked";
  if (until !== null && until <= now) return "expired";
  return replacedBy === undefined ? "good" : "replaced";
}

export function isServiceKeyGood(key: ServiceKey, now: number): boolean {
  const state = stateOfServiceKey(key, now);
  return state === "good" || state === "replaced";
}

/** Who asks with a key. */
export function serviceOf({ name, roles, attributes, limits }: ServiceKey): Principal {
  const isLimited = limits.products !== undefined || limits.purposes !== undefined;
  return { name: `${servicePrefix}${name}`, kind: "service", roles, attributes, ...(isLimited && { limits }) };
}
