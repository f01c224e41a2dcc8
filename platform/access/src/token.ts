import { timeOrderedId } from "@thoth/kernel/ids";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Principal } from "./decision.ts";
import { accessError } from "./errors.ts";
import type { TokenKey } from "./signing-key.ts";
import { claimsOf, principalOf, principalProblem } from "./token-claims.ts";
import { tokenRefusal } from "./token-refusal.ts";
import { outlineToken } from "./token-text.ts";

/** Of the tokens that a mesh signs for itself. */
export const ownIssuer = "thoth-mesh";
const audience = "thoth-mesh";
const algorithm = "EdDSA";

/** @param now epoch ms; @param ttlMs lifetime, at least 1,000 */
export interface SigningOptions {
  readonly key: Pick<TokenKey, "id" | "privateKey">;
  readonly now: number;
  readonly ttlMs: number;
}

/**
 * A token that says who its bearer is, valid for `ttlMs` from `now` (to the second, as JWT counts).
 * @throws MeshError `access/principal-invalid`
 */
export async function signToken(principal: Principal, { key, now, ttlMs }: SigningOptions): Promise<string> {
  const somebody = { kind: "person", ...principal } as const;
  const problem = principalProblem(somebody) ?? (ttlMs >= 1_000 ? undefined : "its lifetime is shorter than a second");
  if (problem !== undefined) throw accessError["principal-invalid"]({ problem });
  return await new SignJWT(claimsOf(somebody))
    .setProtectedHeader({ alg: algorithm, typ: "JWT", kid: key.id })
    .setIssuer(ownIssuer)
    .setAudience(audience)
    .setSubject(somebody.name)
    .setJti(timeOrderedId(now))
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor((now + ttlMs) / 1_000))
    .sign(key.privateKey);
}

export interface VerifyingOptions {
  readonly key: Pick<TokenKey, "publicKey">;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * Who bears a token that this mesh signed.
 * @throws MeshError `access/token-expired`, `access/token-invalid` and the like; none shows the token or what is in it
 */
export async function verifyToken(token: string, options: VerifyingOptions): Promise<Principal> {
  return (await verifyOwnToken(token, options)).principal;
}

/** With the instant from which it is not good any more, epoch ms. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly expiresAt: number;
}

export async function verifyOwnToken(token: string, { key, now }: VerifyingOptions): Promise<VerifiedToken> {
  outlineToken(token);
  const payload = await verifiedPayload(token, { key, now });
  const principal = principalOf(payload);
  if (typeof principal === "string") throw accessError["token-invalid"]({ reason: principal });
  return { principal, expiresAt: Number(payload.exp) * 1_000 };
}

async function verifiedPayload(token: string, { key, now }: VerifyingOptions): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      algorithms: [algorithm],
      issuer: ownIssuer,
      audience,
      currentDate: new Date(now),
      requiredClaims: ["sub", "iat", "exp"],
    });
    return payload;
  } catch (error) {
    throw tokenRefusal(error);
  }
}
