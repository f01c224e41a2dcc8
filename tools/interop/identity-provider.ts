import { spawn } from "node:child_process";
import { generateKeyPairSync, type JsonWebKey, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { tempDir } from "@thoth/testing/temp-dir";
import { InteropError } from "./interop-error.ts";

/** The one place that says which release is asked: a certified provider. */
export const providerRelease = "oidc-provider@9.13.3";

/** As far as it is used here. */
export interface ProviderClass {
  new (issuer: string, settings: object): { callback(): RequestListener };
}

/**
 * Installs the provider into a folder of its own, gone when disposed.
 * @throws InteropError when there is no registry that can be reached
 */
export async function installProvider(): Promise<AsyncDisposable & { readonly Provider: ProviderClass }> {
  const folder = await tempDir("thoth-interop-");
  const npm = ["install", "--prefix", folder.path, "--no-audit", "--no-fund", "--silent", "--no-save", providerRelease];
  const [code] = await once(spawn("npm", npm, { stdio: ["ignore", "ignore", "inherit"] }), "exit");
  if (code !== 0) {
    await folder[Symbol.asyncDispose]();
    throw new InteropError(`${providerRelease} cannot be installed`, "This check needs an npm registry or a mirror.");
  }
  const entry = pathToFileURL(join(folder.path, "node_modules/oidc-provider/lib/index.js")).href;
  const { default: Provider } = (await import(entry)) as { default: ProviderClass };
  return { Provider, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** What an issuer does when it is asked for its description or its keys. */
export type Mood = "answers" | "is down" | "is silent" | "sends too much" | "leads elsewhere";

export interface Issuers extends AsyncDisposable {
  /** `http://127.0.0.1:40123/staff`, which exists from the first call on. */
  issuer(name: string): string;
  moods: Record<string, Mood>;
  /** Other keys from now on; the ones before are published no more. */
  rotate(name: string): void;
}

function newKeys(): JsonWebKey[] {
  const pairs = {
    RS256: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
    EdDSA: generateKeyPairSync("ed25519"),
  };
  return Object.entries(pairs).map(([alg, { privateKey }]) => {
    return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: `${alg} ${randomUUID()}` };
  });
}

/** Any number of issuers on one port of this machine, each a provider of its own. */
export async function serveIssuers(Provider: ProviderClass): Promise<Issuers> {
  const listeners = new Map<string, RequestListener>();
  const moods: Record<string, Mood> = {};
  const server = createServer((request, response) => {
    const [, name = "", ...rest] = (request.url ?? "").split("/");
    const path = `/${rest.join("/")}`;
    const mood = moods[name] ?? "answers";
    const isPublic = path.startsWith("/.well-known") || path === "/jwks";
    if (isPublic && mood !== "answers") return misbehave(mood, request, response);
    // As frameworks do that mount one application in another.
    Object.assign(request, { originalUrl: request.url, url: path });
    listeners.get(name)?.(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const urlOf = (name: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  const rotate = (name: string) => {
    const provider = new Provider(urlOf(name), settings(newKeys()));
    listeners.set(name, provider.callback());
  };
  return {
    moods,
    rotate,
    issuer: (name) => {
      if (!listeners.has(name)) rotate(name);
      return urlOf(name);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function misbehave(mood: Mood, request: IncomingMessage, response: ServerResponse): void {
  if (mood === "is down") request.socket.destroy();
  else if (mood === "sends too much") response.end(`{"keys": [], "more": "${"x".repeat(1_000_000)}"}`);
  else if (mood === "leads elsewhere") response.writeHead(302, { location: "http://127.0.0.1:1/jwks" }).end();
}

export const client = { id: "grades", secret: "for this check only", redirectUri: "https://app.example/callback" };

/** The resource that is asked for says how the token is to be: `urn:mesh:<algorithm>:<audience>:<seconds>`. */
function settings(keys: readonly JsonWebKey[]): object {
  const getResourceServerInfo = (_context: unknown, resource: string) => {
    const [, , alg, audience, seconds] = resource.split(":");
    const accessTokenTTL = Number(seconds);
    return { scope: "read", audience, accessTokenTTL, accessTokenFormat: "jwt", jwt: { sign: { alg } } };
  };
  const registered = {
    client_id: client.id,
    client_secret: client.secret,
    grant_types: ["client_credentials", "authorization_code"],
    redirect_uris: [client.redirectUri],
    response_types: ["code"],
  };
  return {
    jwks: { keys },
    clients: [registered],
    cookies: { keys: ["for this check only"] },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    // What the organisation knows of its people and machines.
    extraTokenClaims: () => ({ groups: ["unit-lead"], units: ["COS10001", "COS20007"] }),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo },
    },
  };
}
