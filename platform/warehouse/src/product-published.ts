import type { Snapshot } from "./snapshot.ts";

/**
 * A CloudEvent in structured form that tells of a snapshot which is served from now on. Its id is the snapshot's, so a
 * snapshot that is told of twice is recognised; one that is gone back to has the id that it had before.
 * @source CloudEvents 1.0.2
 */
export interface ProductPublished {
  readonly specversion: "1.0";
  readonly id: string;
  readonly source: string;
  readonly type: "product.published";
  /** `ontrack-learning/units` */
  readonly subject: string;
  /** When it was published, RFC 3339. */
  readonly time: string;
  readonly datacontenttype: "application/json";
  readonly data: {
    readonly domain: string;
    readonly product: string;
    readonly contractVersion: string;
    readonly snapshot: string;
    /** Event time up to which it is complete, RFC 3339; null when no source has event time. */
    readonly watermark: string | null;
    /** Left out for those who may not see every row. */
    readonly rowCount?: number;
  };
}

/** @param seesEveryRow whether its reader may know how many there are */
export function productPublished(snapshot: Snapshot, { seesEveryRow }: { seesEveryRow: boolean }): ProductPublished {
  const { id, domain, product, contractVersion, watermark, rowCount } = snapshot;
  return {
    specversion: "1.0",
    id,
    source: `/products/${domain}/${product}`,
    type: "product.published",
    subject: `${domain}/${product}`,
    time: new Date(snapshot.publishedAt).toISOString(),
    datacontenttype: "application/json",
    data: {
      domain,
      product,
      contractVersion,
      snapshot: id,
      watermark: watermark === null ? null : new Date(watermark).toISOString(),
      ...(seesEveryRow && { rowCount }),
    },
  };
}
