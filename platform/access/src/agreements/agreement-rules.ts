import { type Council, memberOfAccount } from "@thoth/contract/council/council";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import type { AuditActor } from "../audit/audit-entry.ts";
import { accessError } from "../errors.ts";

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

/** Names under which somebody acts: their own, and the accounts that a role `account:<name>` lets them act for. */
function accountsOf({ name, kind, roles }: Actor): readonly string[] {
  if (kind !== "person") return [];
  const prefix = "account:";
  return [name, ...roles.filter((role) => role.startsWith(prefix)).map((role) => role.slice(prefix.length))];
}

/** Whether somebody is one of these accounts, by its own name or by one that the council knows it by. */
export function actsAs(
  actor: Actor,
  accounts: readonly string[],
  { council }: Pick<AgreementRules, "council">,
): boolean {
  return accountsOf(actor).some((own) => accounts.some((account) => isSamePerson(own, account, council)));
}

/** Whether two names are one account. */
export function isSamePerson(one: string, other: string, council: Council | undefined): boolean {
  if (one === other) return true;
  const member = council === undefined ? undefined : memberOfAccount(council, one);
  return member !== undefined && council !== undefined && memberOfAccount(council, other) === member;
}
