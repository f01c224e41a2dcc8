import type { Decision } from "@thoth/access/decision";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { isMeshError } from "@thoth/kernel/mesh-error";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { tableName } from "@thoth/warehouse/authorise-reads";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { openReadSide, type ReadSide } from "@thoth/warehouse/read-side";
import type { Snapshot } from "@thoth/warehouse/snapshot";
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
}

export interface SqlSessionOptions {
  readonly snapshotDir: string;
  readonly products: readonly ProductModel[];
  readonly decide: (model: ProductModel) => Decision;
  /** Hears of a product whose snapshot is damaged; the others can be asked. */
  readonly log: ServerLog;
}

/** An engine that knows the published products and, of each, the columns that may be read. */
export async function openSqlSession(options: SqlSessionOptions): Promise<SqlSession> {
  const { snapshotDir, products } = options;
  const catalogs = [...new Set(products.map((model) => model.catalogName))];
  const snapshots = await readCurrentSnapshots(snapshotDir);
  await using opening = new AsyncDisposableStack();
  const readSide = opening.use(await openReadSide({ snapshotDir, catalogs }));
  const offers: Offer[] = [];
  for (const model of products) offers.push(await offer(model, { readSide, snapshots, options }));
  const readable = offers.filter((entry) => entry.kind === "readable");
  const unreadable = offers.filter((entry) => entry.kind === "unreadable");
  const scope = { readable: readable.map(({ model }) => model), unreadable };
  const resources = opening.move();
  return {
    tables: readable.map(({ model, columns }) => ({
      name: tableName(productTable(model)),
      columns: columns.map(({ name, sqlType }) => ({ name, type: sqlType })),
    })),
    select: (statement, { limit, signal }) => runStatement(readSide, statement, { scope, limit, signal }),
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

async function offer(model: ProductModel, { readSide, snapshots, options }: Offering): Promise<Offer> {
  const refused = (reason: string): Offer => ({ kind: "unreadable", model, reason });
  const columns = readableColumns(model, options.decide(model));
  if (columns.length === 0) return refused(`The contract of ${model.id} classifies it as open to nobody yet.`);
  const snapshot = snapshots.find(({ domain, product }) => domain === model.domain && product === model.product);
  if (snapshot === undefined) return refused(`It has not been published yet: mesh run ${model.id} does it.`);
  try {
    await readSide.attach(snapshot, { columns: columns.map((column) => column.name) });
    return { kind: "readable", model, columns };
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    options.log.error(failure.message, { product: model.id, hint: failure.hint });
    return refused(`Its snapshot cannot be read: ${failure.hint}`);
  }
}

/** Rules on rows and groups are not applied to SQL that somebody typed, so what has any is not offered. */
function readableColumns({ columns }: ProductModel, decision: Decision): ColumnModel[] {
  if (!decision.readable || decision.rowFilter !== null || decision.minGroupSize > 1) return [];
  return columns.filter(({ name }) => decision.columns[name] === "clear");
}
