import type { ProductModel } from "@thoth/contract/product-model";
import { tableNameOf } from "@thoth/kernel/major-names";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { MappedTable } from "@thoth/warehouse/mapped-table";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { notYet, type Shown } from "./offers.ts";
import type { SqlEngine } from "./sql-engine.ts";

/** A product in the versions that are served side by side, as the pipeline loads it. */
export interface SqlProduct {
  readonly model: ProductModel;
  /** Newest first, each with its SELECT over the current version's table. */
  readonly previous: readonly {
    readonly model: ProductModel;
    readonly mapping: { readonly file: string; readonly sql: string };
  }[];
}

/** When older states are shown in place of the current ones. */
export interface PastStates {
  /** Why no state of a product is among them. */
  readonly absent: (product: string) => string;
}

export interface SecuredSqlLog {
  error(message: string, details: Readonly<Record<string, unknown>>): void;
}

/** Why a product is not shown in its newest state. */
export interface ShowProblem {
  readonly product: string;
  /** Whether its file is the reason; anything else was not expected. */
  readonly isDamaged: boolean;
  readonly message: string;
}

export interface ShownProductsOptions {
  readonly products: readonly SqlProduct[];
  readonly past?: PastStates | undefined;
  readonly log: SecuredSqlLog;
}

/** Which snapshot each product is shown in, version by version. */
export class ShownProducts {
  readonly #engine: SqlEngine;
  readonly #options: ShownProductsOptions;
  readonly #ids = new Map<string, string>();
  readonly #shown = new Map<ProductModel, Shown>();
  /** Product → the snapshot that cannot be shown, and why. */
  readonly #failing = new Map<string, { readonly snapshot: string; readonly problem: ShowProblem }>();
  #generation = 0;

  constructor(engine: SqlEngine, options: ShownProductsOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  of(model: ProductModel): Shown {
    const { past } = this.#options;
    return this.#shown.get(model) ?? { kind: "absent", reason: past?.absent(model.id) ?? notYet(model.id) };
  }

  /** What is not shown in its newest state, and why. */
  get problems(): readonly ShowProblem[] {
    return [...this.#failing.values()].map(({ problem }) => problem);
  }

  /**
   * Shows what is current; what was shown before stays when a file is damaged, or anything else goes wrong.
   * @returns whether all of it is shown
   */
  async show(snapshots: readonly Snapshot[]): Promise<boolean> {
    for (const product of this.#options.products) {
      const { domain, product: name, id } = product.model;
      const snapshot = snapshots.find((one) => one.domain === domain && one.product === name);
      if (snapshot !== undefined && this.#ids.get(id) !== snapshot.id) await this.#showOne(product, snapshot);
    }
    return this.#failing.size === 0;
  }

  async #showOne(product: SqlProduct, snapshot: Snapshot): Promise<void> {
    const { model, previous } = product;
    const table = tableNameOf(snapshot.product, snapshot.contractVersion);
    // Until a new major version is first published, the last snapshot of the one before serves under its own names.
    const mapped = table === model.tableName ? previous.map(mappedTable) : [];
    const versions = [model, ...previous.map((earlier) => earlier.model)];
    const there = [table, ...mapped.map((one) => one.table)];
    const { rowCount } = snapshot;
    try {
      await this.#engine.attach(snapshot, { catalog: model.catalogName, table, mapped });
      this.#generation += 1;
      const generation = this.#generation;
      for (const version of versions) {
        const { catalogName, tableName } = version;
        if (!there.includes(tableName)) this.#shown.delete(version);
        else {
          // A contract may have columns that are first filled by the next run.
          const holds = await this.#engine.columnsOf(catalogName, tableName);
          this.#shown.set(version, { kind: "shown", generation, holds, rowCount });
        }
      }
      this.#ids.set(model.id, snapshot.id);
      this.#failing.delete(model.id);
    } catch (failure) {
      this.#report(failure, versions, { id: model.id, snapshot: snapshot.id });
    }
  }

  /** Once a snapshot, however often it is tried. */
  #report(
    failure: unknown,
    versions: readonly ProductModel[],
    { id, snapshot }: { id: string; snapshot: string },
  ): void {
    const isDamaged = isMeshError(failure);
    const message = failure instanceof Error ? failure.message : String(failure);
    const hint = isDamaged ? failure.hint : "It is tried again until it works.";
    if (this.#failing.get(id)?.snapshot !== snapshot) this.#options.log.error(message, { product: id, hint });
    this.#failing.set(id, { snapshot, problem: { product: id, isDamaged, message } });
    const reason = `Its snapshot cannot be read: ${hint}`;
    for (const version of versions) {
      if (this.of(version).kind === "absent") this.#shown.set(version, { kind: "absent", reason });
    }
  }
}

function mappedTable({ model, mapping }: SqlProduct["previous"][number]): MappedTable {
  return { table: model.tableName, query: mapping, columns: model.columns };
}
