import type { JWTPayload } from "jose";
import type { CredentialLimits, Principal } from "./decision.ts";
import { likeness } from "./likeness.ts";

/** Names of services begin so, and no others: no person can take what a service was granted by taking its name. */
export const servicePrefix = "service:";

/** Roles that begin so let their holder act for an account: `account:ontrack-steward`. */
export const accountPrefix = "account:";

/** Agreements and approvers know these as other things than persons. */
const takenNames = /^(role:|account:|anonymous$)/;

const soundName =
  "its name is longer than 200 characters, has blanks around it, holds control characters, < or >, or is not in Unicode's form NFC";

/** What a token says of its bearer, besides when it is good and for whom. */
export function claimsOf({ kind, roles, attributes, limits }: Principal): JWTPayload {
  return {
    kind: kind ?? "person",
    roles: [...roles],
    attributes: { ...attributes },
    ...(limits?.products && { products: [...limits.products] }),
    ...(limits?.purposes && { purposes: [...limits.purposes] }),
  };
}

/** @returns what is wrong with it, in words, where nobody can be made of it */
export function principalOf(claims: JWTPayload): Principal | string {
  const { sub: name, kind, roles, attributes, products, purposes } = claims as Partial<Record<string, unknown>>;
  const limits = limitsOf(products, purposes);
  if (typeof limits === "string") return limits;
  const principal = { name, kind, roles, attributes, ...(limits && { limits }) } as Principal;
  return principalProblem(principal) ?? principal;
}

/** Why nobody can be called and described so; undefined when somebody can. */
export function principalProblem({ name, kind, roles, attributes }: Partial<Principal>): string | undefined {
  if (!isText(name) || name === "") return "it has no name";
  if (!isName(name)) return soundName;
  if (kind !== "person" && kind !== "service") return "it says neither person nor service";
  if (name.startsWith(servicePrefix) !== (kind === "service")) return `${servicePrefix} is how names of services begin`;
  if (isTaken(name)) return "its name means something else here";
  if (!isTexts(roles)) return "its roles are not a list of names";
  const values = typeof attributes === "object" && attributes !== null ? Object.values(attributes) : undefined;
  if (values === undefined || Array.isArray(attributes) || !values.every(isText)) return "its attributes are not text";
  return undefined;
}

function limitsOf(products: unknown, purposes: unknown): CredentialLimits | string | undefined {
  if (products === undefined && purposes === undefined) return undefined;
  if (products !== undefined && !isTexts(products)) return "its products are not a list of names";
  if (purposes !== undefined && !isTexts(purposes)) return "its purposes are not a list of names";
  return { ...(products !== undefined && { products }), ...(purposes !== undefined && { purposes }) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whoever reads such a name takes it for something else, in whichever letters it is written. */
function isTaken(name: string): boolean {
  const read = likeness(name);
  if (name.startsWith(servicePrefix)) return read === servicePrefix;
  return takenNames.test(read) || read.startsWith(servicePrefix);
}

/**
 * Names go into logs, the audit trail and terminals; git writes an address between < and >, which no name here is to hold.
 * One that is written in two ways would be two names.
 */
export function isName(text: string): boolean {
  if (text === "" || text.length > 200 || /[<>\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return false;
  return text.trim() === text && text.normalize("NFC") === text;
}
