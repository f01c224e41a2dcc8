import type { KeyObject } from "node:crypto";
import { timeOrderedId } from "@thoth/kernel/ids";
import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Principal } from "./decision.ts";
import { accessError } from "./errors.ts";
import type { TokenKey } from "./signing-key.ts";
import { claimsOf, principalOf, principalProblem } from "./token-claims.ts";
import { tokenRefusal } from "./token-refusal.ts";
import { longestToken } from "./token-text.ts";

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
 * A token that says who its bearer is, valid for `ttlMs` from `now`, and up to a second longer: JWT counts whole ones.
 * @throws MeshError `access/principal-invalid`
 */
export async function signToken(principal: Principal, { key, now, ttlMs }: SigningOptions): Promise<string> {
  const somebody = { kind: "person", ...principal } as const;
  const problem = principalProblem(somebody) ?? (ttlMs >= 1_000 ? undefined : "its lifetime is shorter than a second");
  if (problem !== undefined) throw accessError["principal-invalid"]({ problem });
  const token = await new SignJWT(claimsOf(somebody))
    .setProtectedHeader({ alg: algorithm, typ: "JWT", kid: key.id })
    .setIssuer(ownIssuer)
    .setAudience(audience)
    .setSubject(somebody.name)
    .setJti(timeOrderedId(now))
    .setIssuedAt(Math.floor(now / 1_000))
    // Never earlier than was asked for: what lives a second would otherwise be over at once.
    .setExpirationTime(Math.ceil((now + ttlMs) / 1_000))
    .sign(key.privateKey);
  if (token.length <= longestToken) return token;
  const tooLong = `its token would be longer than ${longestToken} characters, which no port takes`;
  throw accessError["principal-invalid"]({ problem: tooLong });
}

export interface VerifyingOptions {
  /** Undefined: the mesh has none now. */
  readonly publicKey: KeyObject | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/** With the instant from which it is not good any more, epoch ms. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly expiresAt: number;
  /** The mesh's own key that it was verified with; absent where an issuer's was. */
  readonly verifiedWith?: KeyObject;
}

/**
 * Who bears a token that this mesh signed.
 * @throws MeshError `access/token-expired`, `access/token-invalid` and the like; none shows the token or what is in it
 */
export async function verifyOwnToken(token: string, { publicKey, now }: VerifyingOptions): Promise<VerifiedToken> {
  if (publicKey === undefined)
    throw accessError["token-invalid"]({ reason: "the key that signs tokens of this mesh is gone" });
  const payload = await verifiedPayload(token, publicKey, now);
  const principal = principalOf(payload);
  if (typeof principal === "string") throw accessError["token-invalid"]({ reason: principal });
  return { principal, expiresAt: Number(payload.exp) * 1_000, verifiedWith: publicKey };
}

async function verifiedPayload(token: string, publicKey: KeyObject, now: number): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
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
