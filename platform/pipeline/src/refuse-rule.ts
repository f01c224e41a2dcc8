import type { ProductModel, QualityRuleModel } from "@thoth/contract/product-model";
import { pipelineError } from "./errors.ts";

export function refuseRule(rule: QualityRuleModel, model: ProductModel, reason: string, hint: string): Error {
  const at = { file: model.file, line: rule.line };
  return pipelineError["rule-refused"]({ rule: rule.id, product: model.id, reason, hint }, { at });
}

/** @throws MeshError `pipeline/rule-refused` */
export function requireColumn(name: string, rule: QualityRuleModel, model: ProductModel): void {
  if (model.columns.some((column) => column.name === name)) return;
  const hint = `Name one of ${model.columns.map((column) => column.name).join(", ")}.`;
  throw refuseRule(rule, model, `there is no column ${name}`, hint);
}

/** @throws MeshError `pipeline/rule-refused` for a rule of the whole object */
export function columnOf(rule: QualityRuleModel, model: ProductModel): string {
  if (rule.column !== undefined) return rule.column;
  throw refuseRule(rule, model, "it is about a column, and stands at none", "Move it to the column's `quality`.");
}
