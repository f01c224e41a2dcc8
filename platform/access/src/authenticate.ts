import type { Clock } from "@thoth/kernel/clock";
import type { AccessBook } from "./access-book.ts";
import { anonymous, type Principal } from "./decision.ts";
import { accessError } from "./errors.ts";
import type { VerifyingKey } from "./followed-token-key.ts";
import type { TrustedIssuers } from "./issuers/trusted-issuers.ts";
import { isServiceKeyGood, isServiceKeyText, type ServiceKey, serviceOf } from "./service-key.ts";
import { ownIssuer, type VerifiedToken, verifyOwnToken } from "./token.ts";
import { outlineToken } from "./token-text.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

export interface AuthenticationParts {
  /** Of the mesh's own tokens. */
  readonly tokenKey: VerifyingKey;
  readonly book: Pick<AccessBook, "findKey">;
  readonly issuers: TrustedIssuers;
  readonly clock: Clock;
}

/**
 * Who bears a credential: a token of this mesh, one of an issuer it trusts, or a service key; without one, nobody.
 * @throws MeshError `access/token-…`; none shows the credential or what is in it
 */
export type Authenticate = (credential: string | undefined) => Promise<Principal>;

/** The one way by which any port finds out who asks. */
export function openAuthentication(parts: AuthenticationParts): Authenticate {
  const { clock, tokenKey } = parts;
  const tokens = new VerifiedTokens();
  const services = new WeakMap<ServiceKey, Principal>();
  return async (credential) => {
    if (credential === undefined) return anonymous;
    const now = clock();
    if (isServiceKeyText(credential)) return bearerOfKey(credential, { ...parts, services, now });
    const known = tokens.find(credential, tokenKey.publicKey, now);
    return known ?? tokens.keep(credential, await verify(credential, { ...parts, now }), now);
  };
}

async function verify(token: string, { tokenKey, issuers, now }: AuthenticationParts & { readonly now: number }) {
  const { issuer } = outlineToken(token);
  if (issuer === ownIssuer) return verifyOwn(token, tokenKey, now);
  const trusted = issuer === undefined ? undefined : issuers.find(issuer);
  if (trusted === undefined) throw accessError["token-issuer"](undefined);
  return trusted.verify(token, now);
}

/** Who has just been given a token of a new key uses it at once. */
async function verifyOwn(token: string, tokenKey: VerifyingKey, now: number): Promise<VerifiedToken> {
  const { publicKey } = tokenKey;
  try {
    return await verifyOwnToken(token, { publicKey, now });
  } catch (failure) {
    tokenKey.look();
    if (tokenKey.publicKey === publicKey) throw failure;
    return verifyOwnToken(token, { publicKey: tokenKey.publicKey, now });
  }
}

interface Keyring extends Pick<AuthenticationParts, "book"> {
  readonly services: WeakMap<ServiceKey, Principal>;
  readonly now: number;
}

function bearerOfKey(text: string, { book, services, now }: Keyring): Principal {
  const key = book.findKey(text);
  if (key === undefined) throw accessError["token-invalid"]({ reason: "it is no service key of this mesh" });
  if (!isServiceKeyGood(key, now)) throw accessError["token-revoked"](undefined);
  const known = services.get(key) ?? serviceOf(key);
  services.set(key, known);
  return known;
}
