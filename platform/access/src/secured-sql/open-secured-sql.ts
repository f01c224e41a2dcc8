import type { ProductModel } from "@thoth/contract/product-model";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Decision } from "../decision.ts";
import { seesEveryRow } from "../sees-every-row.ts";
import { askedReads } from "./asked-reads.ts";
import { type Following, followStates } from "./follow-states.ts";
import type { SnapshotSource } from "./followed-snapshots.ts";
import type { ParsedStatement } from "./judged-statement.ts";
import { type Offer, offerOf, type ServedVersion } from "./offers.ts";
import { type KnownTable, type ResolvedTable, resolveTables } from "./resolve-tables.ts";
import { inWordsOfReader, resultNames } from "./result-names.ts";
import type {
  PrepareOptions,
  SecuredColumn,
  SecuredRead,
  SecuredSql,
  SecuredStatement,
  SecuredTable,
  SqlProblem,
  SqlReader,
} from "./secured-sql.ts";
import { type NamedVersion, ServedNames } from "./served-names.ts";
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
  rowBytes: 16 * 2 ** 20,
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
  const show = (state: readonly Snapshot[]) => products.show(state);
  const following = opening.use(await followStates({ ...options, show }));
  const resources = opening.move();
  return new SecuredProducts(options, products, {
    following,
    desk: new StatementDesk(engine, limits),
    close: () => resources.disposeAsync(),
  });
}

interface Judging {
  readonly statement: ParsedStatement;
  readonly reader: SqlReader;
  readonly options: PrepareOptions;
}

interface Running {
  readonly following: Following;
  readonly desk: StatementDesk;
  readonly close: () => Promise<void>;
}

class SecuredProducts implements SecuredSql {
  readonly #versions: readonly ServedVersion[];
  readonly #names: ServedNames<ServedVersion | RetiredVersion>;
  readonly #products: ShownProducts;
  readonly #running: Running;

  constructor({ products, retired = [] }: SecuredSqlOptions, shown: ShownProducts, running: Running) {
    this.#versions = products.flatMap(({ model: current, previous }) =>
      [current, ...previous.map((earlier) => earlier.model)].map((model) => ({ model, current })),
    );
    this.#names = new ServedNames<ServedVersion | RetiredVersion>([...retired, ...this.#versions]);
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

  problems(): readonly SqlProblem[] {
    const message = this.#running.following.problem();
    return [
      ...this.#products.problems,
      ...(message === undefined ? [] : [{ product: undefined, isDamaged: false, message }]),
    ];
  }

  async prepare(sql: string, reader: SqlReader, options: PrepareOptions = {}): Promise<SecuredStatement> {
    const statement = await this.#running.desk.parse(sql, reader.claims);
    const named = {
      find: (words: readonly string[]) => this.#find(words, reader),
      readable: () => this.tables(reader),
    };
    try {
      return await this.#judge(resolveTables(statement, named), { statement, reader, options });
    } catch (failure) {
      options.onRefused?.(askedReads(statement, named, reader));
      throw failure;
    }
  }

  async #judge(
    tables: readonly ResolvedTable[],
    { statement, reader, options: { declared = [] } }: Judging,
  ): Promise<SecuredStatement> {
    const { desk } = this.#running;
    const wanted = () =>
      tables.map(({ model, decision, columns }) => {
        const shown = this.#products.of(model);
        return { model, decision, columns, generation: shown.kind === "shown" ? shown.generation : 0 };
      });
    const resolved: Resolved = { statement, tables, declared, claims: reader.claims, wanted };
    const { columns, parameters } = await desk.describe(resolved);
    const names = resultNames(
      statement.trees,
      columns.map(({ name }) => name),
    );
    return {
      columns: columns.map(({ type }, index) => ({ name: names[index] ?? "", sqlType: type.toString() })),
      parameters: parameters.map((type) => type.toString()),
      reads: tables.map(({ model, decision, reads }) => ({
        model,
        decision,
        columns: reads,
        ...this.#rows(model, decision),
      })),
      run: (params, options) => desk.stream(resolved, params, options),
      rows: async (params, options) => (await desk.rows(resolved, params, options)).map(inWordsOfReaders),
    };
  }

  #rows(model: ProductModel, decision: Decision): Pick<SecuredRead, "rowCount"> {
    const shown = this.#products.of(model);
    return shown.kind === "shown" && seesEveryRow(decision) ? { rowCount: shown.rowCount } : {};
  }

  #offer(version: ServedVersion, reader: SqlReader): Offer {
    return offerOf(version, this.#products.of(version.model), reader);
  }

  #find(words: readonly string[], reader: SqlReader): NamedVersion<KnownTable> {
    const found = this.#names.find(words, reader.searchPath);
    return found.kind === "known" ? { kind: "known", version: this.#known(found.version, reader) } : found;
  }

  #known(version: ServedVersion | RetiredVersion, reader: SqlReader): KnownTable {
    const { model } = version;
    if (!("replacement" in version)) return { model, offer: () => this.#offer(version, reader) };
    const reason = `That version has ended. Read ${version.replacement} instead.`;
    return { model, offer: () => ({ kind: "unreadable", reason }) };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#running.close();
  }
}

function inWordsOfReaders(row: SqlRow): SqlRow {
  const names = Object.keys(row);
  if (names.every((name) => inWordsOfReader(name) === name)) return row;
  return Object.fromEntries(names.map((name) => [inWordsOfReader(name), row[name]]));
}

function columnsOf({ columns, decision }: Offer & { readonly kind: "readable" }): SecuredColumn[] {
  return columns.map(({ name, sqlType, description, required }) => {
    const isClear = decision.columns[name] === "clear";
    return { name, sqlType, description, required: required && isClear };
  });
}
