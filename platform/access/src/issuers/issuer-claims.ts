import type { JWTPayload } from "jose";
import type { Principal } from "../decision.ts";
import { accountPrefix, principalProblem } from "../token-claims.ts";
import type { IssuerSettings } from "./issuer-settings.ts";

/** Accounts of the machine itself are called so. */
const localPrefix = "local:";

/** @returns what is wrong, in words without any value, where nobody can be made of the claims */
export function principalOfIssuer(payload: JWTPayload, settings: IssuerSettings): Principal | string {
  const { claims, namePrefix, mayNameAccounts } = settings;
  const name = claimAt(payload, claims.name);
  if (typeof name !== "string" || name === "") return `it says no name (${claims.name})`;
  if (`${namePrefix}${name}`.startsWith(localPrefix)) return "its name is one that this machine gives";
  const said = claims.roles === undefined ? [] : namesIn(claimAt(payload, claims.roles));
  if (said === undefined) return `its roles are not a list of names (${claims.roles})`;
  // Who grants access is for this mesh to say, unless it has left that to the issuer.
  const roles = mayNameAccounts ? said : said.filter((role) => !role.startsWith(accountPrefix));
  const attributes: Record<string, string> = {};
  for (const [attribute, claim] of Object.entries(claims.attributes)) {
    const value = claimAt(payload, claim);
    if (value === undefined || value === null) continue;
    const text = textOf(value);
    if (text === undefined) return `its ${claim} is not text`;
    attributes[attribute] = text;
  }
  const principal: Principal = { name: `${namePrefix}${name}`, kind: "person", roles, attributes };
  return principalProblem(principal) ?? principal;
}

/** A claim of that name, such as `https://mesh/roles`; where there is none, the way along its dots. */
function claimAt(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  return name.split(".").reduce<unknown>((value, part) => {
    const isInside = typeof value === "object" && value !== null && Object.hasOwn(value, part);
    return isInside ? (value as Record<string, unknown>)[part] : undefined;
  }, payload);
}

function namesIn(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return value.split(" ").filter((name) => name !== "");
  return Array.isArray(value) && value.every((name) => typeof name === "string") ? value : undefined;
}

/** Values of one attribute are separated by commas, so none of a list may hold one. */
function textOf(value: unknown): string | undefined {
  const isPlain = (one: unknown) => ["string", "number", "boolean"].includes(typeof one);
  if (isPlain(value)) return String(value);
  if (!Array.isArray(value) || !value.every((one) => isPlain(one) && !String(one).includes(","))) return undefined;
  return value.join(",");
}
