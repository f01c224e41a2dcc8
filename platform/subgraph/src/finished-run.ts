/** A run of a pipeline that has ended. Times are epoch ms, counts are rows; null is not known. */
export interface FinishedRun {
  readonly runId: string;
  readonly domain: string;
  /** Null for runs that serve several products, such as an extraction. */
  readonly product: string | null;
  /** `extract/<source>`, `clean/<table>` or `product/<product>` */
  readonly pipeline: string;
  readonly status: string;
  readonly failureClass: string | null;
  readonly startedAt: number | null;
  readonly completedAt: number | null;
  readonly rowsRead: number | null;
  readonly rowsRejected: number | null;
  readonly rowCountAfter: number | null;
}

/** The runs that ended lately, the last one first. */
export type FinishedRuns = () => Promise<readonly FinishedRun[]>;
