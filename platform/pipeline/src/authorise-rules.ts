import type { ProductModel } from "@thoth/contract/product-model";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { analyseSql } from "@thoth/warehouse/analyse-sql";
import { authoriseReads } from "@thoth/warehouse/authorise-reads";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import type { Check } from "./check.ts";
import { compileChecks } from "./compile-checks.ts";
import { pipelineError } from "./errors.ts";

/**
 * Refuses a contract whose quality rules cannot be checks: no operator, SQL that does not parse, SQL that reads
 * anything but the product.
 * @param engine any engine: only its parser is used
 * @throws MeshError `pipeline/rule-refused` at the rule's line of the contract
 */
export async function authoriseRules(engine: QueryEngine, model: ProductModel): Promise<void> {
  for (const check of compileChecks(model)) {
    if (check.measure.kind === "query") await authoriseRule(engine, check, model);
  }
}

/**
 * @returns the rule's one statement, safe to run
 * @throws MeshError `pipeline/rule-refused`
 */
export async function authoriseRule(engine: QueryEngine, check: Check, model: ProductModel): Promise<string> {
  try {
    const analysis = await analyseSql(engine, check.measure.sql, model.file);
    authoriseReads(analysis, [{ schema: "staging", table: model.tableName }]);
    return analysis.statement;
  } catch (failure) {
    throw isMeshError(failure) ? refusal(failure, check, model) : failure;
  }
}

/** The parser counts lines from where the query begins; a person opens the contract. */
function refusal(cause: MeshError, { id, line }: Check, { id: product, file }: ProductModel): Error {
  const readsOthers = cause.code === "warehouse/read-refused";
  const hint = readsOthers ? "A rule judges its product and nothing else: write {object} for its table." : cause.hint;
  const rule = id.slice(id.indexOf(":") + 1);
  return pipelineError["rule-refused"]({ rule, product, reason: cause.message, hint }, { at: { file, line }, cause });
}
