import type { ProductModel } from "@thoth/contract/product-model";
import type { ExportEngine } from "@thoth/warehouse/export-engine";
import type { AttachOptions, ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";

/** What files are made from; without it no files are served. */
export interface FileSources {
  /** Holds states of products, and reads them column by column. */
  readonly states: Pick<ReadSide, "hold" | "batches">;
  /** Published states of a product that can still be read; when absent, only the current one can. */
  readonly kept?: (product: Pick<ProductModel, "domain" | "product">) => Promise<readonly Snapshot[]>;
  /** How a state is shown; under the names of its own version when absent. */
  readonly shownAs?: (snapshot: Snapshot) => AttachOptions;
  /** Where files that are read in parts are made; when absent there are none. */
  readonly exports?: ExportSource;
}

export interface ExportSource {
  /** Opens the engine when the first file is wanted. */
  readonly open: () => Promise<ExportEngine>;
  /** A folder of this process alone. */
  readonly dir: string;
  /** Bytes that may lie there; files that were not read for longest go first. */
  readonly limitBytes: number;
}
