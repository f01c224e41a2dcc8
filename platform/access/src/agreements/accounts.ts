import type { Council, CouncilMember } from "@thoth/contract/council/council";
import { likeness } from "../likeness.ts";
import { accountPrefix } from "../token-claims.ts";
import type { Actor, AgreementRules } from "./agreement-rules.ts";

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
  if (actor.kind !== "person") return false;
  return accountsOf(actor).some((name) => accounts.some((other) => isSameAccount(name, other, council)));
}

/** Whether two names are one account: what one may, the other may. */
export function isSameAccount(one: string, other: string, council: Council | undefined): boolean {
  return one === other || isOneMember(one, other, council, inLowerCase);
}

/**
 * Whether some of these names and some of the others may be one person. Names count as equal that are alike, too: whoever
 * asked as `Ada` must not approve as `ada`.
 */
export function mayBeOnePerson(
  names: readonly string[],
  others: readonly string[],
  council: Council | undefined,
): boolean {
  return names.some((name) =>
    others.some((other) => likeness(name) === likeness(other) || isOneMember(name, other, council, likeness)),
  );
}

function isOneMember(
  one: string,
  other: string,
  council: Council | undefined,
  read: (name: string) => string,
): boolean {
  const memberOf = (name: string) => council?.members.find((each) => isKnownAs(each, name, read));
  const member = memberOf(one);
  return member !== undefined && memberOf(other) === member;
}

/** As a whole: what a token or an issuer calls somebody is never taken apart, as the names of git are. */
function isKnownAs({ name, accounts }: CouncilMember, other: string, read: (name: string) => string): boolean {
  return [name, ...accounts].some((one) => read(one) === read(other));
}

/** Letters of ASCII alone: the lower case of others may be an ASCII letter, as that of the Kelvin sign is `k`. */
function inLowerCase(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
