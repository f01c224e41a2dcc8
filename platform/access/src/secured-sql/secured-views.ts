import type { DuckDBConnection } from "@duckdb/node-api";
import type { ProductModel } from "@thoth/contract/product-model";
import { SerialQueue } from "@thoth/warehouse/serial-queue";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Decision } from "../decision.ts";
import type { StoredColumn } from "../mask-sql.ts";
import { securedSelect } from "../secure-select.ts";

/** A product's table as one decision shows it. */
export interface WantedView {
  readonly model: ProductModel;
  readonly decision: Decision;
  /** In their order; what the decision denies is not among them. */
  readonly columns: readonly StoredColumn[];
  /** Changes with each snapshot that is shown. */
  readonly generation: number;
}

export interface SecuredView {
  /** Catalog, schema and table. */
  readonly name: readonly [string, string, string];
}

/** Views that are in use until it is disposed, in the order in which they were asked for. */
export interface PinnedViews extends Disposable {
  readonly views: readonly SecuredView[];
}

interface KeptView {
  readonly view: Promise<SecuredView>;
  /** How many use it now. */
  pins: number;
}

/** Each in a catalog of its own, so that its schema and table are called as readers know them. Forgets those least used. */
export class SecuredViews {
  readonly #connection: DuckDBConnection;
  readonly #most: number;
  readonly #queue = new SerialQueue();
  readonly #kept = new Map<string, KeptView>();
  #next = 1;

  /** @param connection used by nobody else */
  constructor(connection: DuckDBConnection, most = 512) {
    this.#connection = connection;
    this.#most = most;
  }

  /** Throws what the engine throws, when the product's table has no such column any more. */
  async pin(wanted: readonly WantedView[]): Promise<PinnedViews> {
    const kept = wanted.map((view) => this.#keep(view));
    const unpin = () => {
      for (const view of kept) view.pins -= 1;
      if (this.#kept.size > this.#most) void this.#queue.run(() => this.#forgetOldest());
    };
    try {
      return { views: await Promise.all(kept.map(({ view }) => view)), [Symbol.dispose]: unpin };
    } catch (error) {
      unpin();
      throw error;
    }
  }

  #keep({ model, decision, columns, generation }: WantedView): KeptView {
    const select = viewSelect(model, decision, columns);
    const key = `${generation} ${model.id} ${model.tableName} ${select}`;
    const known = this.#kept.get(key);
    const kept = known ?? { view: this.#queue.run(() => this.#create(model, select)), pins: 0 };
    kept.pins += 1;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    if (known === undefined) kept.view.catch(() => this.#kept.delete(key));
    return kept;
  }

  async #create({ catalogName, tableName }: ProductModel, select: string): Promise<SecuredView> {
    const catalog = `s_${this.#next++}`;
    const name = [catalog, catalogName, tableName] as const;
    await this.#connection.run(`attach ':memory:' as ${quoteIdentifier(catalog)}`);
    try {
      await this.#connection.run(`create schema ${qualifiedName(catalog, catalogName)}`);
      await this.#connection.run(`create view ${qualifiedName(...name)} as ${select}`);
      return { name };
    } catch (error) {
      await this.#connection.run(`detach ${quoteIdentifier(catalog)}`);
      throw error;
    }
  }

  async #forgetOldest(): Promise<void> {
    for (const [key, { view, pins }] of this.#kept) {
      if (this.#kept.size <= this.#most) return;
      if (pins > 0) continue;
      this.#kept.delete(key);
      const { name } = await view;
      await this.#connection.run(`detach ${quoteIdentifier(name[0])}`);
    }
  }
}

/**
 * What a view holds; where rows are hidden, behind the barrier that they have on every port. Who types SQL need not say an
 * order, and sees the one that there is by more ways than could be listed: `first`, `row_number() OVER ()`, sums of floats.
 */
export function viewSelect(model: ProductModel, decision: Decision, columns: readonly StoredColumn[]): string {
  const from = qualifiedName(model.catalogName, "product", model.tableName);
  // An earlier major version is made from the table of the current one.
  const isCurrent = !model.otherMajors?.some(({ major }) => major > model.major);
  return securedSelect(decision, { from, columns, order: { key: model.key, isByKey: isCurrent } });
}
