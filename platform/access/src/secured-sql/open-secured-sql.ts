import type { ProductModel } from "@thoth/contract/product-model";
import type { SnapshotSource } from "./followed-snapshots.ts";
import type { KnownTable } from "./judged-statement.ts";
import { resolveTables } from "./judged-statement.ts";
import { type Offer, offerOf, readName, type ServedVersion } from "./offers.ts";
import type { SecuredColumn, SecuredSql, SecuredStatement, SecuredTable, SqlReader } from "./secured-sql.ts";
import { type PastStates, type SecuredSqlLog, ShownProducts, type SqlProduct } from "./shown-products.ts";
import { openSqlEngine, type SqlEngineLimits } from "./sql-engine.ts";
import { type DeskLimits, StatementDesk } from "./statement-desk.ts";
import type { Resolved } from "./statement-plan.ts";

export interface SecuredSqlOptions {
  /** The only folder the engine can reach. */
  readonly snapshotDir: string;
  readonly products: readonly SqlProduct[];
  /** What is current now, and again after each publish; the port opens when the first of it is shown. */
  readonly snapshots: SnapshotSource;
  readonly limits?: Partial<SecuredSqlLimits>;
  /** Makes hashes that stand for hidden values; the same key on every port. */
  readonly maskKey: string;
  /** Where large sorts may spill; nowhere when absent. */
  readonly tmpDir?: string;
  /** Versions that have ended, each with the table that replaces it. */
  readonly retired?: readonly RetiredVersion[];
  /** When older states are shown in place of the current ones. */
  readonly past?: PastStates;
  /** Hears of a product whose snapshot is damaged; the others can be asked. */
  readonly log: SecuredSqlLog;
}

export interface RetiredVersion {
  readonly model: ProductModel;
  readonly replacement: string;
}

export interface SecuredSqlLimits extends SqlEngineLimits, DeskLimits {}

const defaultLimits: SecuredSqlLimits = {
  memory: "1GB",
  spill: "4GB",
  threads: 2,
  connections: 3,
  maxWaiting: 200,
  maxWaitMs: 10_000,
  timeMs: 60_000,
  growthBytes: 2 * 2 ** 30,
  rows: 10_000_000,
  statementBytes: 64 * 1024,
  depth: 400,
};

/** Opens an engine that knows published snapshots and nothing else, and lets through what decisions let through. */
export async function openSecuredSql(options: SecuredSqlOptions): Promise<SecuredSql> {
  const limits = { ...defaultLimits, ...options.limits };
  const catalogs = [...new Set(options.products.map(({ model }) => model.catalogName))];
  await using opening = new AsyncDisposableStack();
  const engine = opening.use(await openSqlEngine({ ...options, catalogs, limits }));
  const products = new ShownProducts(engine, options);
  opening.use(await follow(options, products));
  const resources = opening.move();
  return new SecuredProducts(options, products, {
    desk: new StatementDesk(engine, limits),
    close: () => resources.disposeAsync(),
  });
}

/** Shows what is current, and in the background whatever comes after it, until it is disposed. */
async function follow({ snapshots, log }: SecuredSqlOptions, products: ShownProducts): Promise<AsyncDisposable> {
  const controller = new AbortController();
  const states = snapshots(controller.signal)[Symbol.asyncIterator]();
  const showNext = async () => {
    const { done = false, value } = await states.next();
    if (!done) await products.show(value);
    return !done;
  };
  const showAll = async () => {
    while (await showNext());
  };
  if (!(await showNext())) return { [Symbol.asyncDispose]: async () => controller.abort() };
  const following = showAll().catch((error: unknown) => {
    if (controller.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    log.error("what is published from now on is not shown to SQL", { reason });
  });
  return {
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await following;
    },
  };
}

interface Running {
  readonly desk: StatementDesk;
  readonly close: () => Promise<void>;
}

class SecuredProducts implements SecuredSql {
  readonly #versions: readonly ServedVersion[];
  readonly #byName: ReadonlyMap<string, ServedVersion | RetiredVersion>;
  readonly #products: ShownProducts;
  readonly #running: Running;

  constructor({ products, retired = [] }: SecuredSqlOptions, shown: ShownProducts, running: Running) {
    this.#versions = products.flatMap(({ model: current, previous }) =>
      [current, ...previous.map((earlier) => earlier.model)].map((model) => ({ model, current })),
    );
    this.#byName = new Map<string, ServedVersion | RetiredVersion>(
      [...retired, ...this.#versions].flatMap((version) => namesOf(version.model).map((name) => [name, version])),
    );
    this.#products = shown;
    this.#running = running;
  }

  tables(reader: SqlReader): readonly SecuredTable[] {
    return this.#versions.flatMap((version): SecuredTable[] => {
      const { model } = version;
      const offer = this.#offer(version, reader);
      if (offer.kind === "unreadable") return [];
      const { catalogName: schema, tableName: table } = model;
      return [{ schema, table, model, columns: columnsOf(offer) }];
    });
  }

  async prepare(sql: string, reader: SqlReader): Promise<SecuredStatement> {
    const { desk } = this.#running;
    const statement = await desk.parse(sql);
    const names = () =>
      this.tables(reader).flatMap(({ schema, table, model }) => [`${schema}.${table}`, readName(model)]);
    const tables = resolveTables(statement, (words) => this.#find(words, reader), names);
    const wanted = () =>
      tables.map(({ model, decision, columns }) => {
        const shown = this.#products.of(model);
        return { model, decision, columns, generation: shown.kind === "shown" ? shown.generation : 0 };
      });
    const resolved: Resolved = { statement, tables, wanted };
    const { columns, parameters } = await desk.describe(resolved);
    return {
      columns: columns.map(({ name, type }) => ({ name, sqlType: type.toString() })),
      parameters: parameters.map((type) => type.toString()),
      reads: tables.map(({ model, decision, reads }) => ({ model, decision, columns: reads })),
      run: (params, options) => desk.stream(resolved, params, options),
      rows: (params, options) => desk.rows(resolved, params, options),
    };
  }

  #offer(version: ServedVersion, reader: SqlReader): Offer {
    return offerOf(version, this.#products.of(version.model), reader);
  }

  #find(words: readonly string[], reader: SqlReader): KnownTable | undefined {
    const found = this.#byName.get(JSON.stringify(words));
    if (found === undefined) return undefined;
    const { model } = found;
    if (!("replacement" in found)) return { model, offer: () => this.#offer(found, reader) };
    const reason = `That version has ended. Read ${found.replacement} instead.`;
    return { model, offer: () => ({ kind: "unreadable", reason }) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#running.close();
  }
}

/** By which words a statement can name it; no text, as a quoted name may hold a dot. */
function namesOf({ catalogName, tableName }: ProductModel): string[] {
  const [schema, table] = [catalogName.toLowerCase(), tableName.toLowerCase()];
  const names = [
    [schema, table],
    ["mesh", schema, table],
    [schema, "product", table],
  ];
  return names.map((words) => JSON.stringify(words));
}

function columnsOf({ columns, decision }: Offer & { readonly kind: "readable" }): SecuredColumn[] {
  return columns.map(({ name, sqlType, description, required }) => {
    const isClear = decision.columns[name] === "clear";
    return { name, sqlType, description, required: required && isClear };
  });
}
