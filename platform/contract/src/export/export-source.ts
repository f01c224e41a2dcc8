import type { DataContract } from "../generated/odcs.ts";
import type { ProductModel } from "../product-model.ts";

/** A contract, and what is known around it that it does not say itself. */
export interface ExportSource {
  readonly contract: DataContract;
  readonly model: ProductModel;
  /** Published versions, lowest first. */
  readonly versions: readonly string[];
  /** Contracts of other domains' products that the product is made from. */
  readonly inputs: readonly InputContract[];
}

export interface InputContract {
  /** `ontrack-learning/units` */
  readonly product: string;
  readonly version: string;
  /** The contract's `id`. */
  readonly contractId: string;
}
