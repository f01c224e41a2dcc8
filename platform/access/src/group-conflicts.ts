import { keepsWholeCells, type RoleModel } from "@thoth/contract/access-terms";
import type { OtherMajor, ProductModel } from "@thoth/contract/product-model";
import { subjectOf } from "@thoth/contract/roles/subject";
import type { Agreement } from "./agreement.ts";
import { fingerprint } from "./fingerprint.ts";

/** An agreement with the terms that its role has in its own major version. */
interface Terms {
  readonly agreement: Agreement;
  readonly role: RoleModel;
  readonly major: OtherMajor;
}

/**
 * Another agreement that cannot be held beside one that shows groups of people: what the two show, less each other, would be
 * about those whom only one of them counts. Majors are the same people in other columns.
 * @param held agreements in force for the product, of every major version
 */
export function conflictingAgreement(
  agreement: Agreement,
  held: readonly Agreement[],
  product: ProductModel,
): Agreement | undefined {
  const groups = termsOf(agreement, product);
  if (groups === undefined || groups === "unknown" || groups.role.minGroupSize <= 1) return undefined;
  return held.find((one) => {
    if (one.id === agreement.id) return false;
    const other = termsOf(one, product);
    if (other === undefined) return false;
    return (
      other === "unknown" || (other.role.minGroupSize > 1 ? countsOthers(groups, other) : showsSome(groups, other))
    );
  });
}

/** @returns undefined for what opens nothing, since it is not served or offered; "unknown" where nobody can tell */
function termsOf(agreement: Agreement, product: ProductModel): Terms | "unknown" | undefined {
  if (agreement.major !== product.major && product.otherMajors === undefined) return "unknown";
  const major = [product, ...(product.otherMajors ?? [])].find((one) => one.major === agreement.major);
  const role = major?.roles.find(({ name }) => name === agreement.role);
  return major === undefined || role === undefined ? undefined : { agreement, role, major };
}

/** Two ways to make up groups of the same people. */
function countsOthers(one: Terms, other: Terms): boolean {
  return fingerprint(peopleOf(one)) !== fingerprint(peopleOf(other));
}

function peopleOf({ agreement, role, major }: Terms) {
  const groupBy = role.groupBy.toSorted();
  return {
    role: role.name,
    groups: groupBy.map((column) => ({ column, mask: role.masks[column] ?? null })),
    subject: subjectOf(major.columns) ?? null,
    rules: role.rows,
    rows: agreement.rows,
    consent: consentColumn({ agreement, role, major }),
  };
}

/** Rows of other people than those that a group counts, one by one, leave single ones as the difference. */
function showsSome(groups: Terms, rows: Terms): boolean {
  const consents = new Set([consentColumn(groups), consentColumn(rows)]);
  const picking = [
    ...rows.role.rows.map(({ column }) => column),
    ...Object.keys(rows.agreement.rows),
    ...(consents.size === 1 ? [] : [...consents].filter((column) => column !== null)),
  ];
  return picking.some((column) => !keepsWholeCells(groups.role, column));
}

function consentColumn({ agreement, major }: Terms): string | null {
  return major.consent.columns[agreement.purpose] ?? null;
}
