import { analyseSql, type SqlAnalysis } from "@thoth/warehouse/analyse-sql";
import { authoriseFunctions } from "@thoth/warehouse/authorise-reads";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import type { Analyses } from "./analyses.ts";
import { authorisePrevious } from "./authorise-mapping.ts";
import { authoriseRules } from "./authorise-rules.ts";
import type { Domain } from "./domain.ts";
import { servedModels } from "./previous-major.ts";

/**
 * Reads, by the engine's parser, what each SQL file of each domain refers to, and looks at the SQL in its contracts.
 * @throws MeshError `warehouse/sql-syntax` and its like, with file, line and column
 */
export async function analyseDomains(domains: readonly Domain[]): Promise<Analyses> {
  await using engine = await openScratchEngine();
  const analyses = new Map<string, SqlAnalysis>();
  for (const { cleanTables, loadedProducts } of domains) {
    for (const { file, sql } of [...cleanTables, ...loadedProducts.map((product) => product.query)]) {
      const analysis = await analyseSql(engine, sql, file);
      authoriseFunctions(analysis);
      analyses.set(file, analysis);
    }
    for (const product of loadedProducts) {
      for (const model of servedModels(product)) await authoriseRules(engine, model);
      await authorisePrevious(engine, product);
    }
  }
  return analyses;
}
