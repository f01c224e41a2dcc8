/** One published, immutable state of a product: a DuckDB file that holds exactly one table. */
export interface Snapshot {
  /** Time-ordered id; also the file's name. */
  readonly id: string;
  readonly domain: string;
  readonly product: string;
  readonly contractVersion: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
  /** Epoch ms. */
  readonly publishedAt: number;
  /** Event time up to which the product is complete, epoch ms; null when no source has event time. */
  readonly watermark: number | null;
  readonly runId: string;
  /** Snapshot whose rows it holds, without people who are not known to agree any more; absent: a run computed it. */
  readonly restoredFrom?: string;
}
