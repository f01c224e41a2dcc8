import type { ProductModel } from "@thoth/contract/product-model";
import type { Check } from "./check.ts";
import { columnChecks, uniqueCheck } from "./column-checks.ts";
import { consentChecks } from "./consent-checks.ts";
import { ruleChecks } from "./rule-checks.ts";

/**
 * Every check that a contract implies by itself: its key, its columns' limits, what it owes to people, its quality rules. What its relationships
 * imply needs the tables that they lead to (`quality/relationship-checks.ts`).
 * @throws MeshError `pipeline/rule-refused`
 */
export function compileChecks(model: ProductModel): Check[] {
  const [firstKey = ""] = model.key;
  const line = model.columns.find((column) => column.name === firstKey)?.line ?? 1;
  return [
    uniqueCheck(model.key, "key", line),
    ...model.columns.flatMap((column) => columnChecks(column, model.key)),
    ...consentChecks(model),
    ...model.rules.flatMap((rule) => ruleChecks(rule, model)),
  ];
}
