import type { ProductModel } from "@thoth/contract/product-model";
import type { Snapshot } from "@thoth/warehouse/snapshot";

type Product = Pick<ProductModel, "domain" | "product">;

/** Which snapshots are being served now. */
export class ServedVersions {
  readonly #snapshots: () => readonly Snapshot[];

  constructor(snapshots: () => readonly Snapshot[]) {
    this.#snapshots = snapshots;
  }

  /** `ontrack-learning/units` → id of its snapshot */
  all(): ReadonlyMap<string, string> {
    return new Map(this.#snapshots().map(({ domain, product, id }) => [`${domain}/${product}`, id]));
  }

  /**
   * The snapshots of some products, as a text that is equal when they are.
   * @returns undefined when one of them has none: an answer made without it is not worth remembering
   */
  of(products: Iterable<Product>): string | undefined {
    const all = this.all();
    const versions: string[] = [];
    for (const { domain, product } of products) {
      const name = `${domain}/${product}`;
      const id = all.get(name);
      if (id === undefined) return undefined;
      versions.push(`${name}@${id}`);
    }
    return versions.join(" ");
  }

  rowsOf({ domain, product }: Product): number | undefined {
    return this.#snapshots().find((one) => one.product === product && one.domain === domain)?.rowCount;
  }
}
