import { isMeshError } from "@thoth/kernel/mesh-error";
import { type JWTPayload, jwtVerify } from "jose";
import { accessError } from "../errors.ts";
import type { VerifiedToken } from "../token.ts";
import { tokenRefusal } from "../token-refusal.ts";
import { principalOfIssuer } from "./issuer-claims.ts";
import { IssuerKeys, type IssuerKeysOptions } from "./issuer-keys.ts";
import type { IssuerSettings } from "./issuer-settings.ts";

export interface TrustedIssuer {
  /**
   * @param now epoch ms
   * @throws MeshError `access/token-…`; none shows the token or what is in it
   */
  verify(token: string, now: number): Promise<VerifiedToken>;
}

export interface TrustedIssuers {
  /** @param issuer as a token names it; undefined when it is none of them */
  find(issuer: string): TrustedIssuer | undefined;
}

/** Each issuer's tokens are verified with its own keys and no others. Nobody is asked for keys before the first token. */
export function openTrustedIssuers(settings: readonly IssuerSettings[], options: IssuerKeysOptions): TrustedIssuers {
  const issuers = new Map(settings.map((one) => [one.issuer, trust(one, new IssuerKeys(one, options))]));
  return { find: (issuer) => issuers.get(issuer) };
}

function trust(settings: IssuerSettings, keys: IssuerKeys): TrustedIssuer {
  return {
    verify: async (token, now) => {
      const payload = await verifiedPayload(token, { settings, keys, now });
      const principal = principalOfIssuer(payload, settings);
      if (typeof principal === "string") throw accessError["token-invalid"]({ reason: principal });
      return { principal, expiresAt: Number(payload.exp) * 1000 };
    },
  };
}

interface Question {
  readonly settings: IssuerSettings;
  readonly keys: IssuerKeys;
  readonly now: number;
}

async function verifiedPayload(token: string, { settings, keys, now }: Question): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: [...settings.algorithms],
      issuer: settings.issuer,
      audience: [...settings.audience],
      currentDate: new Date(now),
      clockTolerance: settings.toleranceSeconds,
      requiredClaims: ["exp", "iat"],
    });
    return payload;
  } catch (error) {
    throw isMeshError(error) ? error : tokenRefusal(error);
  }
}
