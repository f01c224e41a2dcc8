import { errors } from "jose";
import { accessError } from "./errors.ts";

/**
 * Why a token is refused, from what the library found. Carries no cause: the library's errors carry the payload, which is
 * about a person.
 */
export function tokenRefusal(error: unknown): Error {
  if (error instanceof errors.JWTExpired) {
    const expiredAt = timeOf(error.payload.exp);
    return expiredAt === undefined ? incomplete("exp") : accessError["token-expired"]({ expiredAt });
  }
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error);
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return accessError["token-algorithm"](undefined);
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return accessError["token-key-unknown"](undefined);
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return accessError["token-invalid"]({ reason: "it was changed, or signed with another key" });
  return accessError["token-invalid"]({ reason: "it is no signed token" });
}

function claimRefusal({ claim, reason, payload }: errors.JWTClaimValidationFailed): Error {
  const validFrom = timeOf(payload.nbf);
  if (claim === "nbf" && reason === "check_failed" && validFrom !== undefined)
    return accessError["token-not-yet-valid"]({ validFrom });
  if (claim === "aud") return accessError["token-audience"](undefined);
  if (claim === "iss") return accessError["token-issuer"](undefined);
  return incomplete(claim);
}

function incomplete(claim: string): Error {
  return accessError["token-invalid"]({ reason: `it is not meant for this mesh or is incomplete (${claim})` });
}

/** @param seconds as JWT counts, and as anybody may have written it */
function timeOf(seconds: number | undefined): string | undefined {
  const time = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}
