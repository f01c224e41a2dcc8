import { accessError } from "../errors.ts";
import { isObject } from "../plain-json.ts";

/** Somebody else's tokens that are accepted: an OpenID Connect provider, or whatever publishes its keys as JWKS. */
export interface IssuerSettings {
  /** As tokens name it (`iss`), character by character. */
  readonly issuer: string;
  /** Who tokens must be meant for (`aud`), one of these. */
  readonly audience: readonly string[];
  /** Where its keys are; undefined: as its `/.well-known/openid-configuration` says. */
  readonly jwksUri: string | undefined;
  readonly algorithms: readonly string[];
  readonly claims: ClaimNames;
  /** Put before names, so that two issuers cannot name the same person: `staff-`. */
  readonly namePrefix: string;
  /** Whether its roles `account:<name>` let their holders grant access for that account; else they are left out. */
  readonly mayNameAccounts: boolean;
  /** By how much its clock may be wrong. */
  readonly toleranceSeconds: number;
}

/** Which claims say what: a claim's name, or a way into it with dots, `realm_access.roles`. */
export interface ClaimNames {
  readonly name: string;
  /** A list of names, or names with spaces between; undefined: its tokens give no roles. */
  readonly roles: string | undefined;
  /** Attribute of the principal → claim. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Signatures whose key can be published; one that both sides must keep secret is never taken from an issuer. */
const publicAlgorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const usualAlgorithms = ["RS256", "PS256", "ES256", "EdDSA"];

/**
 * @param where the name of the variable or file that says so
 * @throws MeshError `access/issuer-settings`
 */
export function parseIssuers(value: unknown, where: string): readonly IssuerSettings[] {
  if (!Array.isArray(value)) throw refuse("a list of issuers is expected", where);
  const issuers = value.map((one) => parseIssuer(one, where));
  const twice = issuers.find(({ issuer }, index) => issuers.findIndex((other) => other.issuer === issuer) !== index);
  if (twice !== undefined) throw refuse(`${twice.issuer} is there twice`, where);
  checkPrefixes(issuers, where);
  return issuers;
}

/** Whoever could be named by two issuers could read with the agreements of the other one's people. */
function checkPrefixes(issuers: readonly IssuerSettings[], where: string): void {
  const prefixes = issuers.map(({ namePrefix }) => namePrefix.toLowerCase());
  for (const [index, { issuer, namePrefix }] of issuers.entries()) {
    const other = issuers[prefixes.findIndex((one, at) => at !== index && one.startsWith(prefixes[index] ?? ""))];
    if (other === undefined) continue;
    const problem =
      namePrefix === ""
        ? `has no \`namePrefix\`, as only a single issuer may, so it could name the people of ${other.issuer}`
        : `puts \`${namePrefix}\` before names, and ${other.issuer} \`${other.namePrefix}\`, so both could name the same person`;
    throw refuse(`${issuer} ${problem}`, where);
  }
}

const knownSettings = [
  ...["issuer", "audience", "jwksUri", "algorithms", "claims"],
  ...["namePrefix", "mayNameAccounts", "toleranceSeconds"],
];

function parseIssuer(value: unknown, where: string): IssuerSettings {
  if (!isObject(value)) throw refuse("an issuer is not an object", where);
  const { issuer, audience, jwksUri, algorithms = usualAlgorithms } = value;
  const { namePrefix = "", mayNameAccounts = false, toleranceSeconds = 30 } = value;
  if (!isText(issuer)) throw refuse("an issuer has no `issuer`", where);
  const wrong = (problem: string) => refuse(`${issuer}: ${problem}`, where);
  const unknown = Object.keys(value).find((name) => !knownSettings.includes(name));
  if (unknown !== undefined) throw wrong(`there is no setting \`${unknown}\`, only ${knownSettings.join(", ")}`);
  const audiences = isText(audience) ? [audience] : audience;
  if (!isTexts(audiences) || audiences.length === 0) throw wrong("`audience` must name who its tokens are meant for");
  if (jwksUri !== undefined && !isText(jwksUri)) throw wrong("`jwksUri` is no text");
  if (!isSafeUrl(jwksUri ?? issuer)) throw wrong("keys are fetched by https, or by http from this machine only");
  if (!isTexts(algorithms) || algorithms.length === 0) throw wrong("`algorithms` must be a list of names");
  const refused = algorithms.find((name) => !publicAlgorithms.includes(name));
  if (refused !== undefined) throw wrong(`${refused} is not accepted; there are ${publicAlgorithms.join(", ")}`);
  if (typeof namePrefix !== "string" || /[:\s]/.test(namePrefix))
    throw wrong("`namePrefix` is text without spaces and colons");
  if (typeof mayNameAccounts !== "boolean") throw wrong("`mayNameAccounts` is true or false");
  if (typeof toleranceSeconds !== "number" || !(toleranceSeconds >= 0 && toleranceSeconds <= 300))
    throw wrong("`toleranceSeconds` is a number from 0 to 300");
  const claims = parseClaims(value.claims ?? {}, wrong);
  return { issuer, audience: audiences, jwksUri, algorithms, claims, namePrefix, mayNameAccounts, toleranceSeconds };
}

function parseClaims(value: unknown, wrong: (problem: string) => Error): ClaimNames {
  if (!isObject(value)) throw wrong("`claims` is not an object");
  const { name = "sub", roles, attributes = {} } = value;
  if (!isText(name)) throw wrong("`claims.name` must name a claim");
  if (roles !== undefined && !isText(roles)) throw wrong("`claims.roles` must name a claim");
  if (!isObject(attributes) || !Object.values(attributes).every(isText))
    throw wrong("`claims.attributes` must give the claim of each attribute");
  return { name, roles, attributes: attributes as Record<string, string> };
}

/** Whoever can change the keys on their way can be anybody. */
export function isSafeUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isHere);
}

function refuse(problem: string, where: string): Error {
  return accessError["issuer-settings"]({ problem, where }, { at: { path: where } });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}
