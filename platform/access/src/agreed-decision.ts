import type { ProductModel } from "@thoth/contract/product-model";
import { grantedColumns, isKeyVisible } from "./column-access.ts";
import type { Decision, Principal } from "./decision.ts";
import type { FoundAgreement } from "./find-agreement.ts";
import { fingerprint } from "./fingerprint.ts";
import { groupedColumns, groupingOf, groupingWords } from "./grouped-columns.ts";
import { finished, refusedDecision } from "./open-decision.ts";
import { type RowConditions, roleConditions, scopeConditions } from "./row-filter.ts";
import { cuttingColumn, cuttingWords } from "./whole-cell-rules.ts";

/** What somebody sees under an agreement. @param now epoch ms */
export function agreedDecision(
  principal: Principal,
  product: ProductModel,
  found: FoundAgreement,
  now: number,
): Decision {
  const { agreement, role, reasons } = found;
  const refuse = (why: string) => refusedDecision(product, agreement.purpose, [...reasons, why]);
  const plain = grantedColumns(product, principal, found);
  const grouping = groupingOf(product, role, plain);
  if (role.minGroupSize > 1 && grouping === null)
    return refuse(`the role ${role.name} groups by nothing that is granted`);
  const cutting = grouping === null ? undefined : cuttingColumn(role, agreement);
  if (cutting !== undefined) return refuse(cuttingWords(role, cutting));
  const columns = grouping === null ? plain : groupedColumns(product, plain, grouping);
  if (grouping === null && !isKeyVisible(product, columns, role.masks))
    return refuse("the columns that make up its key are not granted");
  const rows = rowsOf(found, product, { principal, now });
  const grouped = grouping === null ? [] : [groupingWords(role, grouping, columns)];
  return finished(
    {
      columns,
      masks: role.masks,
      readable: true,
      rowFilter: rows.sql.length === 0 ? null : rows.sql.map((one) => `(${one})`).join(" AND "),
      minGroupSize: grouping === null ? 1 : role.minGroupSize,
      grouping,
      // Colleagues under one agreement see equal hashes; nobody else does.
      salt: fingerprint({ consumer: agreement.consumer, purpose: agreement.purpose }),
      purpose: agreement.purpose,
      expiresAt: agreement.until,
      agreement: agreement.id,
    },
    [...reasons, ...rows.words, ...grouped],
  );
}

/** What role, agreement and people's consent leave of the rows. */
function rowsOf(
  { agreement, role, consent }: FoundAgreement,
  product: ProductModel,
  moment: { readonly principal: Principal; readonly now: number },
): RowConditions {
  const parts = [roleConditions(role.rows, product, moment), scopeConditions(agreement.rows, product), consent];
  return { sql: parts.flatMap(({ sql }) => sql), words: parts.flatMap(({ words }) => words) };
}
