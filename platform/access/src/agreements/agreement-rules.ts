import type { Council } from "@thoth/contract/council/council";
import type { ProductModel } from "@thoth/contract/product-model";
import type { Purpose } from "@thoth/contract/read-purposes";
import type { AuditActor } from "../audit/audit-entry.ts";
import { accessError } from "../errors.ts";

/** A product in one major version, and who answers for its domain. */
export interface ProductTerms {
  readonly model: ProductModel;
  readonly owner: string;
  readonly stewards: readonly string[];
}

/** What is asked about agreements is judged by this. */
export interface AgreementRules {
  /** Every major version that is served; of one product the current one first. */
  readonly products: readonly ProductTerms[];
  readonly purposes: readonly Purpose[];
  /** Knows by which names one account goes; undefined where there is no council. */
  readonly council: Council | undefined;
}

/** Who asks for something, grants it or ends it. */
export type Actor = AuditActor;

/** @throws MeshError `access/agreement-product-unknown` */
export function termsOf({ products }: AgreementRules, id: string, major?: number): ProductTerms {
  const versions = products.filter(({ model }) => model.id === id);
  const terms = versions.find(({ model }) => major === undefined || model.major === major);
  if (terms !== undefined) return terms;
  const known = versions.length === 0 ? [...new Set(products.map(({ model }) => model.id))] : undefined;
  throw accessError["agreement-product-unknown"]({ product: major === undefined ? id : `${id} v${major}`, known });
}
