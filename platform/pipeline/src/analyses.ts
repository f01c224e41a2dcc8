import type { SqlAnalysis } from "@thoth/warehouse/analyse-sql";

/** What each SQL file reads, by file name. */
export type Analyses = ReadonlyMap<string, SqlAnalysis>;

export function analysisOf(analyses: Analyses, { file }: { readonly file: string }): SqlAnalysis {
  const analysis = analyses.get(file);
  if (analysis === undefined) throw new Error(`${file} has not been analysed`);
  return analysis;
}
