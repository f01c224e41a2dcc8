import type { ProductModel } from "@thoth/contract/product-model";
import { mappedSelect } from "@thoth/warehouse/mapped-table";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { type Audit, auditContract } from "./audit-contract.ts";
import { stagedTable } from "./check.ts";
import type { LoadedProduct, PreviousMajor } from "./domain.ts";
import type { JobContext } from "./job-context.ts";
import { currentTable, mappedTable } from "./previous-major.ts";
import { explainStagingFailure } from "./stage-product.ts";

export interface PreviousAudit {
  readonly earlier: PreviousMajor;
  readonly audit: Audit;
}

/**
 * Holds the staged rows against what earlier major versions promise, seen through their mappings. The product must be
 * staged.
 * @throws MeshError `pipeline/cast-failed`, `pipeline/query-failed`
 */
export async function auditPrevious({ model, previous }: LoadedProduct, context: JobContext): Promise<PreviousAudit[]> {
  const audits: PreviousAudit[] = [];
  for (const earlier of previous) {
    await using _ = await stagePrevious(earlier, model, context);
    audits.push({
      earlier,
      audit: await auditContract(context.engine, earlier.model, { signal: context.signal, now: context.mesh.clock() }),
    });
  }
  return audits;
}

/** Written out, so that every value is cast once and each check reads what readers will see. */
async function stagePrevious(
  earlier: PreviousMajor,
  current: ProductModel,
  { engine, signal }: JobContext,
): Promise<AsyncDisposable> {
  const { model, mapping } = earlier;
  const within = ["staging"];
  const select = await mappedSelect(engine, mappedTable(earlier), { reads: currentTable(current), within });
  const sql = `CREATE OR REPLACE TABLE ${stagedTable(model)} AS ${select}`;
  try {
    await engine.run(sql, [], { signal });
  } catch (failure) {
    throw explainStagingFailure(failure, { model, query: mapping }, { statement: mapping.sql, sql });
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await engine.run(`DROP TABLE IF EXISTS ${qualifiedName("staging", model.tableName)}`);
    },
  };
}
