import type { Decision } from "@thoth/access/decision";
import { fixedSnapshots } from "@thoth/access/secured-sql/followed-snapshots";
import { readName } from "@thoth/access/secured-sql/offers";
import {
  openSecuredSql,
  type RetiredVersion,
  type SecuredSqlOptions,
} from "@thoth/access/secured-sql/open-secured-sql";
import type { SecuredRead } from "@thoth/access/secured-sql/secured-sql";
import type { PastStates } from "@thoth/access/secured-sql/shown-products";
import { seesPresentOnly } from "@thoth/access/sees-every-row";
import type { ProductModel } from "@thoth/contract/product-model";
import { readCurrentSnapshots } from "@thoth/warehouse/current-snapshots";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { Snapshot } from "@thoth/warehouse/snapshot";

/** A published product as it can be asked, with the columns that may be read. */
export interface SqlTable {
  /** `ontrack_learning.product.units` */
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface SelectOptions {
  /** Rows at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** Hears what a statement that is refused, or fails, asks for, as far as it could be read. */
  readonly onRefused?: ((asked: readonly SecuredRead[]) => void) | undefined;
}

/** SQL over the published products, for one reader at one moment. */
export interface SqlSession extends AsyncDisposable {
  readonly tables: readonly SqlTable[];
  /** @throws MeshError `warehouse/sql-syntax`, `warehouse/read-refused`, … with line and column of the statement */
  select(statement: string, options: SelectOptions): Promise<SqlRow[]>;
  /** What a statement reads. */
  readsOf(statement: string): Promise<readonly SecuredRead[]>;
}

export interface SqlSessionOptions extends Pick<SecuredSqlOptions, "snapshotDir" | "products" | "maskKey" | "log"> {
  readonly decide: (model: ProductModel) => Decision;
  /** Epoch ms; what is in brown-out then is not offered. */
  readonly now: number;
  /** Older states to offer in place of the current ones. */
  readonly past?: PastSnapshots;
  /** Versions that have ended, each with the table that replaces it. */
  readonly retired?: readonly RetiredVersion[];
  /** Where large sorts may spill; nowhere when absent. */
  readonly tmpDir?: string;
}

export interface PastSnapshots extends PastStates {
  readonly snapshots: readonly Snapshot[];
}

export async function openSqlSession({ decide, now, ...options }: SqlSessionOptions): Promise<SqlSession> {
  const snapshots = options.past?.snapshots ?? (await readCurrentSnapshots(options.snapshotDir));
  const sql = await openSecuredSql({ ...options, snapshots: fixedSnapshots(snapshots) });
  const reader = { decide: options.past === undefined ? decide : withoutPeople(decide), now };
  const tables = sql.tables(reader).map(({ model, columns }) => ({
    name: readName(model),
    columns: columns.map(({ name, sqlType }) => ({ name, type: sqlType })),
  }));
  return {
    tables,
    select: async (statement, { limit, signal, onRefused }) => {
      const prepared = await sql.prepare(statement, reader, { onRefused });
      try {
        return await prepared.rows([], { maxRows: limit, signal });
      } catch (failure) {
        onRefused?.(prepared.reads);
        throw failure;
      }
    },
    readsOf: async (statement) => (await sql.prepare(statement, reader)).reads,
    [Symbol.asyncDispose]: () => sql[Symbol.asyncDispose](),
  };
}

/** Of older states only what is about nobody: people who were in them may have withdrawn their consent since. */
function withoutPeople(decide: SqlSessionOptions["decide"]): SqlSessionOptions["decide"] {
  return (model) => {
    const decision = decide(model);
    if (!seesPresentOnly(model, decision)) return decision;
    const reasons = [
      "people in older states may have withdrawn their consent since, so only the current one can be read",
    ];
    return { ...decision, readable: false, reasons, fingerprint: `${decision.fingerprint} past` };
  };
}
