import type { RoleModel } from "@thoth/contract/access-terms";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import type { Obstacle } from "./advice.ts";
import { type Agreement, isFor, isInForce } from "./agreement.ts";
import { isByTwoPeople } from "./column-access.ts";
import { consentFor } from "./consent-for.ts";
import type { Principal } from "./decision.ts";
import { conflictingAgreement } from "./group-conflicts.ts";
import type { RowConditions } from "./row-filter.ts";

/** The agreement that a decision rests on, and what else it takes from contract and council. */
export interface FoundAgreement {
  readonly kind: "found";
  readonly agreement: Agreement;
  readonly role: RoleModel;
  readonly consent: RowConditions;
  readonly reasons: readonly string[];
}

interface NoAgreement {
  readonly kind: "none";
  readonly reasons: readonly string[];
  readonly obstacle: Obstacle;
}

export interface SearchFacts {
  readonly agreements: readonly Agreement[];
  readonly purposes: readonly Purpose[];
  /** Epoch ms. */
  readonly now: number;
}

/** The widest agreement in force for one purpose: the one that is said, or the only one there are agreements for. */
export function findAgreement(
  principal: Principal,
  product: ProductModel,
  purpose: string | undefined,
  { agreements, purposes, now }: SearchFacts,
): FoundAgreement | NoAgreement {
  if (principal.kind === "anonymous")
    return none("no credential was given: only public columns can be seen", { kind: "no-credential" });
  const held = agreements.filter((one) => isFor(one, principal) && one.product === product.id && isInForce(one, now));
  const allowed = held.filter(
    ({ major, purpose }) => major === product.major && (principal.limits?.purposes?.includes(purpose) ?? true),
  );
  const named = [...new Set(allowed.map((one) => one.purpose))].toSorted();
  const meant = purpose ?? (named.length === 1 ? named[0] : undefined);
  if (meant === undefined)
    return named.length === 0
      ? none(`no agreement of ${principal.name} for ${product.id} is in force`)
      : none(`you have agreements for several purposes: say which of ${named.join(", ")}`, { kind: "purpose-unsaid" });
  const [agreement] = allowed.filter((one) => one.purpose === meant).toSorted(widestFirst(product));
  if (agreement !== undefined) return judged(agreement, product, { held, purposes });
  const others = named.length === 0 ? "" : `; there is one for ${named.join(", ")}`;
  return none(`no agreement of ${principal.name} for ${product.id} and ${meant} is in force${others}`);
}

function none(reason: string, obstacle: Obstacle = { kind: "no-agreement" }): NoAgreement {
  return { kind: "none", reasons: [reason], obstacle };
}

/** Whether an agreement still stands on what the contract and the council say now, and beside others. */
function judged(
  agreement: Agreement,
  product: ProductModel,
  { held, purposes }: { readonly held: readonly Agreement[]; readonly purposes: readonly Purpose[] },
): FoundAgreement | NoAgreement {
  const { id, consumer, purpose } = agreement;
  const role = product.roles.find(({ name }) => name === agreement.role);
  if (role === undefined) return none(`the contract offers the role ${agreement.role} of agreement ${id} no more`);
  const consent = consentFor(
    product,
    purposes.find((one) => one.id === purpose),
  );
  if (typeof consent === "string") return none(consent);
  const picking = restrictedPick(agreement, product);
  if (picking !== undefined && !isByTwoPeople(agreement))
    return none(`agreement ${id} picks rows by ${picking}, which is restricted: that takes two people`);
  const other = conflictingAgreement(agreement, held, product);
  if (other !== undefined)
    return none(
      `agreements ${id} and ${other.id} are both about people in ${product.id}, at least one of them in groups: from their difference single people could be told, so one of them has to end`,
      { kind: "conflict", agreement: other.id },
    );
  return {
    kind: "found",
    agreement,
    role,
    consent,
    reasons: [`agreement ${id}: ${consumer} as ${role.name} for ${purpose}`],
  };
}

function restrictedPick({ rows }: Agreement, { columns }: ProductModel): string | undefined {
  return columns.find(({ name, classification }) => classification === "restricted" && Object.hasOwn(rows, name))?.name;
}

/** Rows before groups, all columns before some, then the one that lasts longest. */
function widestFirst({ roles }: ProductModel): (a: Agreement, b: Agreement) => number {
  const groupSize = ({ role }: Agreement) =>
    roles.find(({ name }) => name === role)?.minGroupSize ?? Number.MAX_SAFE_INTEGER;
  const width = ({ columns }: Agreement) => columns?.length ?? Number.MAX_SAFE_INTEGER;
  return (a, b) => groupSize(a) - groupSize(b) || width(b) - width(a) || b.until - a.until || (a.id < b.id ? -1 : 1);
}
