import { accessError } from "./errors.ts";

/** A token is a header of HTTP: what is longer is no token of anybody. */
export const longestToken = 8192;

/** What a token says of itself before anything of it is verified: enough to know whose keys to try. */
export interface TokenOutline {
  readonly issuer: string | undefined;
}

/**
 * Refuses what is no signed token before a library or a key touches it: three parts in the one way of writing each
 * value, a small header, no extension that must be understood.
 * @throws MeshError `access/token-too-long`, `access/token-invalid`
 */
export function outlineToken(token: string): TokenOutline {
  if (token.length > longestToken) throw accessError["token-too-long"]({ limit: longestToken });
  const [head, body, signature, ...more] = token.split(".");
  const parts = [head, body, signature];
  if (more.length > 0 || !parts.every(isCanonical)) throw noToken();
  const header = jsonOf(head);
  const payload = jsonOf(body);
  if (header === undefined || payload === undefined) throw noToken();
  if ("crit" in header)
    throw accessError["token-invalid"]({ reason: "it asks for an extension that is not known here" });
  return { issuer: typeof payload.iss === "string" ? payload.iss : undefined };
}

function noToken(): Error {
  return accessError["token-invalid"]({ reason: "it is no signed token" });
}

/** Base64url has several texts for the same bytes; only the one that encoding gives is taken. */
function isCanonical(part: string | undefined): boolean {
  return part !== undefined && part !== "" && Buffer.from(part, "base64url").toString("base64url") === part;
}

function jsonOf(part = ""): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
