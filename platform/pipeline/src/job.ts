import type { LoadedProduct, SqlFile } from "./domain.ts";

/** One unit of work with one row in the ledger. */
export type Job = JobDependencies &
  (
    | { readonly kind: "extract"; readonly source: string; readonly stream: string }
    | { readonly kind: "clean"; readonly query: SqlFile }
    | { readonly kind: "product"; readonly product: LoadedProduct }
  );

interface JobDependencies {
  readonly id: string;
  readonly domain: string;
  /** Ids of jobs that must have succeeded. */
  readonly dependsOn: readonly string[];
  /** Ids of jobs that are best over by then, however they ended. */
  readonly after: readonly string[];
}

export function extractJobId(domain: string, stream: string): string {
  return `${domain}/extract/${stream}`;
}

export function cleanJobId(domain: string, table: string): string {
  return `${domain}/clean/${table}`;
}

export function productJobId(domain: string, product: string): string {
  return `${domain}/product/${product}`;
}
