import type { Clock } from "@thoth/kernel/clock";
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { accessError } from "../errors.ts";
import { type IssuerSettings, isSafeUrl } from "./issuer-settings.ts";

/** Between two requests to an issuer at least, milliseconds: nobody can make us ask it more often with made-up keys. */
const cooldownMs = 30_000;
/** Age from which its keys are fetched again beside the work that uses them, milliseconds. */
const staleMs = 600_000;
const timeoutMs = 5_000;
/** Key sets and descriptions are small. */
const longestAnswer = 262_144;

export interface IssuerKeysOptions {
  readonly clock: Clock;
  /** Told when the issuer cannot be asked; keys that are known go on. */
  readonly onTrouble: (issuer: string, reason: string) => void;
}

/** The public keys of one issuer. Fetched when first needed, again when old, and when a token names one that is not known. */
export class IssuerKeys {
  readonly #settings: IssuerSettings;
  readonly #options: IssuerKeysOptions;
  #keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  #loading: Promise<void> | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #loadedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: IssuerSettings, options: IssuerKeysOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  /** @throws MeshError `access/token-unverifiable` when no key has ever been fetched; whatever `jose` says of the key */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#keys?.jwks() === undefined) {
      await this.#load();
      if (this.#keys?.jwks() === undefined)
        throw accessError["token-unverifiable"]({ reason: "its issuer does not answer" });
    } else if (this.#options.clock() - this.#loadedAt > staleMs) void this.#load();
    try {
      return await this.#keys(header, token);
    } catch (failure) {
      if (!(failure instanceof errors.JWKSNoMatchingKey)) throw failure;
      await this.#load();
      return await this.#keys(header, token);
    }
  };

  /** Never rejects, and does nothing while the issuer was asked a moment ago. */
  #load(): Promise<void> {
    const now = this.#options.clock();
    if (this.#loading === undefined && now - this.#askedAt >= cooldownMs) {
      this.#askedAt = now;
      this.#loading = this.#fetchKeys()
        .then(() => {
          this.#loadedAt = now;
        })
        .catch((failure: Error) => this.#options.onTrouble(this.#settings.issuer, failure.message))
        .finally(() => {
          this.#loading = undefined;
        });
    }
    return this.#loading ?? Promise.resolve();
  }

  async #fetchKeys(): Promise<void> {
    const keys = this.#keys ?? createRemoteJWKSet(await this.#locate(), keySetOptions);
    await keys.reload();
    this.#keys = keys;
  }

  async #locate(): Promise<URL> {
    const { issuer, jwksUri } = this.#settings;
    if (jwksUri !== undefined) return new URL(jwksUri);
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const response = await fetchShort(url, { redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    if (response.status !== 200) throw new Error(`${url} answers ${response.status}`);
    const described = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (described.issuer !== issuer) throw new Error(`${url} describes another issuer`);
    if (typeof described.jwks_uri !== "string" || !isSafeUrl(described.jwks_uri))
      throw new Error(`${url} names no place of keys that can be trusted`);
    return new URL(described.jwks_uri);
  }
}

/** When to fetch is decided above, by our own clock. */
const keySetOptions = {
  cacheMaxAge: Number.POSITIVE_INFINITY,
  cooldownDuration: Number.POSITIVE_INFINITY,
  timeoutDuration: timeoutMs,
  [customFetch]: fetchShort,
};

async function fetchShort(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > longestAnswer) throw new Error(`${url} answers with more than ${longestAnswer} bytes`);
    pieces.push(piece);
  }
  return new Response(Buffer.concat(pieces), { status: response.status });
}
