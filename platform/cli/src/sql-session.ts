import type { Decision } from "@thoth/access/decision";
import { openBrownOut } from "@thoth/contract/lifecycle/lifecycle";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { LoadedProduct } from "@thoth/pipeline/domain";
import { type ServedTables, servedModels, servedTables } from "@thoth/pipeline/previous-major";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { tableName } from "@thoth/warehouse/authorise-reads";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { type AttachOptions, openReadSide, type ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
import { type SqlRead, sqlReads } from "./sql-reads.ts";
import { productTable, runStatement, type SelectOptions } from "./sql-statement.ts";

/** A published product as it can be asked, with the columns that may be read. */
export interface SqlTable {
  /** `ontrack_learning.product.units` */
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface SqlSession extends AsyncDisposable {
  readonly tables: readonly SqlTable[];
  /** @throws MeshError `warehouse/sql-syntax`, `warehouse/read-refused`, … with line and column of the statement */
  select(statement: string, options: SelectOptions): Promise<SqlRow[]>;
  /** What a statement that has been run reads. */
  readsOf(statement: string): Promise<SqlRead[]>;
}

export interface SqlSessionOptions {
  readonly snapshotDir: string;
  readonly products: readonly SqlProduct[];
  readonly decide: (model: ProductModel) => Decision;
  /** Epoch ms; what is in brown-out then is not offered. */
  readonly now: number;
  /** Older states to offer in place of the current ones. */
  readonly past?: PastStates;
  /** Versions that have ended, each with the table that replaces it. */
  readonly retired?: readonly { readonly model: ProductModel; readonly replacement: string }[];
  /** Hears of a product whose snapshot is damaged; the others can be asked. */
  readonly log: ServerLog;
}

export interface PastStates {
  readonly snapshots: readonly Snapshot[];
  /** Why no state of a product is among them. */
  readonly absent: (product: string) => string;
  /** The columns that a snapshot has; undefined: those of the contract now. */
  readonly columnsOf: (snapshot: Snapshot) => ReadonlySet<string> | undefined;
}

/** A product in the versions that are served side by side. */
export type SqlProduct = Pick<LoadedProduct, "model" | "previous">;

/** An engine that knows the published products and, of each, the columns that may be read. */
export async function openSqlSession(options: SqlSessionOptions): Promise<SqlSession> {
  const { snapshotDir, products, retired = [] } = options;
  const catalogs = [...new Set(products.map(({ model }) => model.catalogName))];
  const snapshots = options.past?.snapshots ?? (await readCurrentSnapshots(snapshotDir));
  await using opening = new AsyncDisposableStack();
  const readSide = opening.use(await openReadSide({ snapshotDir, catalogs }));
  const offers: Offer[] = [];
  for (const product of products) offers.push(...(await offer(product, { readSide, snapshots, options })));
  const readable = offers.filter((entry) => entry.kind === "readable");
  const unreadable = [
    ...offers.filter((entry) => entry.kind === "unreadable"),
    ...retired.map(({ model, replacement }) => ({
      model,
      reason: `That version has ended. Read ${replacement} instead.`,
    })),
  ];
  const scope = { readable: readable.map(({ model }) => model), unreadable };
  const resources = opening.move();
  return {
    tables: readable.map(({ model, columns }) => ({
      name: readName(model),
      columns: columns.map(({ name, sqlType }) => ({ name, type: sqlType })),
    })),
    select: (statement, { limit, signal }) => runStatement(readSide, statement, { scope, limit, signal }),
    readsOf: (statement) => sqlReads(readSide, statement, readable),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

type Offer =
  | { readonly kind: "readable"; readonly model: ProductModel; readonly columns: readonly ColumnModel[] }
  | { readonly kind: "unreadable"; readonly model: ProductModel; readonly reason: string };

interface Offering {
  readonly readSide: ReadSide;
  readonly snapshots: readonly Snapshot[];
  readonly options: SqlSessionOptions;
}

/** One offer for each version of the product. */
async function offer(product: SqlProduct, { readSide, snapshots, options }: Offering): Promise<Offer[]> {
  const { model } = product;
  const snapshot = snapshots.find((one) => one.domain === model.domain && one.product === model.product);
  const tables = snapshot && servedTables(product, snapshot);
  const there = snapshot && options.past?.columnsOf(snapshot);
  const offers = servedModels(product).map((one): Offer => {
    const isHeld = (name: string) => there === undefined || one.tableName !== tables?.table || there.has(name);
    const columns = shownColumns(one, options).filter(({ name }) => isHeld(name));
    const refused = (reason: string): Offer => ({ kind: "unreadable", model: one, reason });
    const off = one.deprecation && openBrownOut(one.deprecation, options.now);
    if (off !== undefined)
      return refused(
        `It is on its way out and switched off until ${showDate(off.to)}. Read ${readName(model)} instead.`,
      );
    if (columns.length === 0) return refused(`The contract of ${one.id} classifies it as open to nobody yet.`);
    const isThere = [tables?.table, ...(tables?.mapped ?? []).map(({ table }) => table)].includes(one.tableName);
    if (!isThere) return refused(options.past?.absent(one.id) ?? notYet(one.id));
    return { kind: "readable", model: one, columns };
  });
  if (snapshot === undefined || tables === undefined) return offers;
  try {
    await readSide.attach(snapshot, shownTables(tables, offers));
    return offers;
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    options.log.error(failure.message, { product: model.id, hint: failure.hint });
    const reason = `Its snapshot cannot be read: ${failure.hint}`;
    return offers.map((one) => (one.kind === "readable" ? { kind: "unreadable", model: one.model, reason } : one));
  }
}

export function notYet(product: string): string {
  return `It has not been published yet: mesh run ${product} does it.`;
}

/** What may be read and is not in brown-out. */
function shownColumns(model: ProductModel, { decide, now }: SqlSessionOptions): ColumnModel[] {
  return readableColumns(model, decide(model)).filter(
    ({ deprecation }) => deprecation === undefined || openBrownOut(deprecation, now) === undefined,
  );
}

function readName(model: ProductModel): string {
  return tableName(productTable(model));
}

/** The tables with the columns that are offered of them, and no others. */
function shownTables({ table, mapped }: ServedTables, offers: readonly Offer[]): AttachOptions {
  const shown = (name: string): string[] => {
    const found = offers.find(({ model }) => model.tableName === name);
    return found?.kind === "readable" ? found.columns.map((column) => column.name) : [];
  };
  return { table, columns: shown(table), mapped: mapped.map((one) => ({ ...one, shown: shown(one.table) })) };
}

/** Rules on rows and groups are not applied to SQL that somebody typed, so what has any is not offered. */
function readableColumns({ columns }: ProductModel, decision: Decision): ColumnModel[] {
  if (!decision.readable || decision.rowFilter !== null || decision.minGroupSize > 1) return [];
  return columns.filter(({ name }) => decision.columns[name] === "clear");
}
