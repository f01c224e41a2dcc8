import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Principal } from "./decision.ts";
import { accessError } from "./errors.ts";

const issuer = "thoth-mesh";
const audience = "thoth-mesh";
const algorithm = "HS256";

/** @param key 32 bytes; @param now epoch ms; @param ttlMs lifetime, at least 1,000 */
export interface SigningOptions {
  readonly key: Uint8Array;
  readonly now: number;
  readonly ttlMs: number;
}

/**
 * A token that says who its bearer is, valid for `ttlMs` from `now` (to the second, as JWT counts).
 * @throws MeshError `access/principal-invalid`
 */
export async function signToken(principal: Principal, { key, now, ttlMs }: SigningOptions): Promise<string> {
  const problem = problemOf(principal) ?? (ttlMs >= 1_000 ? undefined : "its lifetime is shorter than a second");
  if (problem !== undefined) throw accessError["principal-invalid"]({ problem });
  const { name, roles, attributes } = principal;
  return await new SignJWT({ roles, attributes })
    .setProtectedHeader({ alg: algorithm, typ: "JWT" })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(name)
    .setIssuedAt(Math.floor(now / 1_000))
    .setExpirationTime(Math.floor((now + ttlMs) / 1_000))
    .sign(key);
}

/**
 * Who bears a token.
 * @throws MeshError `access/token-expired`, `access/token-invalid`; neither shows the token or what is in it
 */
export async function verifyToken(
  token: string,
  { key, now }: { readonly key: Uint8Array; readonly now: number },
): Promise<Principal> {
  const payload = await verifiedPayload(token, { key, now });
  const principal = { name: payload.sub, roles: payload.roles, attributes: payload.attributes } as Principal;
  const problem = problemOf(principal);
  if (problem !== undefined) throw accessError["token-invalid"]({ reason: problem });
  return principal;
}

async function verifiedPayload(token: string, { key, now }: { key: Uint8Array; now: number }): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      currentDate: new Date(now),
      requiredClaims: ["sub", "iat", "exp"],
    });
    return payload;
  } catch (error) {
    throw refusal(error);
  }
}

/** Carries no cause: the library's errors carry the payload, which is about a person. */
function refusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) {
    const expiredAt = new Date((error.payload.exp ?? 0) * 1_000).toISOString();
    return accessError["token-expired"]({ expiredAt });
  }
  const code = error instanceof errors.JOSEError ? error.code : undefined;
  const claim = error instanceof errors.JWTClaimValidationFailed ? ` (${error.claim})` : "";
  return accessError["token-invalid"]({ reason: `${reasons[code ?? ""] ?? "it is no signed token"}${claim}` });
}

const reasons: Readonly<Record<string, string>> = {
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "it was changed, or signed with another key",
  ERR_JOSE_ALG_NOT_ALLOWED: "it is signed in a way that is not accepted here",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "it is not meant for this mesh or is incomplete",
};

function problemOf({ name, roles, attributes }: Partial<Principal>): string | undefined {
  if (!isText(name) || name === "") return "it has no name";
  if (!Array.isArray(roles) || !roles.every(isText)) return "its roles are not a list of names";
  const values = typeof attributes === "object" && attributes !== null ? Object.values(attributes) : undefined;
  if (values === undefined || Array.isArray(attributes) || !values.every(isText)) return "its attributes are not text";
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
