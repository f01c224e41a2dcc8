import type { Council, CouncilMember } from "@thoth/contract/council/council";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import type { AuditActor } from "../audit/audit-entry.ts";
import { accessError } from "../errors.ts";
import { accountPrefix } from "../token-claims.ts";

/** A product in one major version, and who answers for its domain. */
export interface ProductTerms {
  readonly model: ProductModel;
  readonly owner: string;
  readonly stewards: readonly string[];
}

/** What is asked about agreements is judged by this. */
export interface AgreementRules {
  /** Every major version that is served; of one product the current one first. */
  readonly products: readonly ProductTerms[];
  readonly purposes: readonly Purpose[];
  /** Knows by which names one account goes; undefined where there is no council. */
  readonly council: Council | undefined;
}

/** Who asks for something, grants it or ends it. */
export type Actor = AuditActor;

/** @throws MeshError `access/agreement-product-unknown` */
export function termsOf({ products }: AgreementRules, id: string, major?: number): ProductTerms {
  const versions = products.filter(({ model }) => model.id === id);
  const terms = versions.find(({ model }) => major === undefined || model.major === major);
  if (terms !== undefined) return terms;
  const known = versions.length === 0 ? [...new Set(products.map(({ model }) => model.id))] : undefined;
  throw accessError["agreement-product-unknown"]({ product: major === undefined ? id : `${id} v${major}`, known });
}

/** Names that somebody goes by: their own, and the accounts that a role `account:<name>` lets them act for. */
export function accountsOf({ name, roles }: Pick<Actor, "name" | "roles">): readonly string[] {
  const held = roles.filter((role) => role.startsWith(accountPrefix)).map((role) => role.slice(accountPrefix.length));
  return [...new Set([name, ...held])];
}

/** Whether somebody is one of these accounts, by its own name or by one that the council knows it by. Machines are none. */
export function actsAs(
  actor: Actor,
  accounts: readonly string[],
  { council }: Pick<AgreementRules, "council">,
): boolean {
  return actor.kind === "person" && shareAccount(accountsOf(actor), accounts, council);
}

/** Whether one of these names and one of the others are one account. */
export function shareAccount(
  names: readonly string[],
  others: readonly string[],
  council: Council | undefined,
): boolean {
  return names.some((name) => others.some((other) => isSamePerson(name, other, council)));
}

/** Whether two names are one account. */
export function isSamePerson(one: string, other: string, council: Council | undefined): boolean {
  if (one === other) return true;
  const member = council?.members.find((each) => isKnownAs(each, one));
  return member !== undefined && council?.members.find((each) => isKnownAs(each, other)) === member;
}

/** As a whole: what a token or an issuer calls somebody is never taken apart, as the names of git are. */
function isKnownAs({ name, accounts }: CouncilMember, other: string): boolean {
  return [name, ...accounts].some((one) => inLowerCase(one) === inLowerCase(other));
}

/** Letters of ASCII alone: the lower case of others may be an ASCII letter, as that of the Kelvin sign is `k`. */
function inLowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
