import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Source } from "./connector.ts";
import {
  type DatabaseAccess,
  type DatabaseReader,
  type DatabaseTableOptions,
  databaseStream,
} from "./database-source.ts";
import { type AddressContext, type DatasetAddress, tableAddress } from "./dataset-address.ts";
import { ingestError } from "./errors.ts";
import { dataSourceOf } from "./mariadb-address.ts";
import { openSession, type SessionOptions } from "./mariadb-connection.ts";
import { afterPosition, amongKeys, cursorUnit } from "./mariadb-cursor.ts";
import { selectStatement, type TimeForms } from "./mariadb-row.ts";
import { describeTable } from "./mariadb-table.ts";
import { readSecret, type SecretSetting, secretsPart } from "./secret-setting.ts";

export interface MariadbTableOptions extends DatabaseTableOptions {
  /** The one in the connection unless given. */
  readonly database?: string;
}

export interface MariadbOptions extends Partial<TimeForms> {
  readonly name?: string;
  readonly description?: string;
  /**
   * `mysql://user:password@host:3306/database`, with `?ssl-mode=VERIFY_IDENTITY&ssl-ca=/path/ca.pem` for encryption.
   * Never shown in errors, logs or checkpoints.
   */
  readonly connection: SecretSetting;
  /** By the name of the stream. */
  readonly tables: Readonly<Record<string, MariadbTableOptions>>;
  /** Rows that become durable together; 200,000 unless given. */
  readonly batchRows?: number;
  /** Longest statement, ms; an hour unless given. */
  readonly statementTimeoutMs?: number;
}

const defaultStatementTimeoutMs = 3_600_000;

/**
 * Tables of a MariaDB or MySQL server as a source. Every stream is read in one read-only transaction, so all its rows
 * belong to one moment (tables of InnoDB); the server waits while a batch lands. DATETIME columns hold UTC and zero dates
 * end the load unless told otherwise.
 * @throws MeshError `ingest/unfit-cursor`, `ingest/unknown-event-time`, `ingest/invalid-offset`
 */
export function mariadbTables(options: MariadbOptions): Source {
  const { name = "mariadb", description = "Tables of a MariaDB or MySQL database.", tables } = options;
  const { connection, batchRows, statementTimeoutMs = defaultStatementTimeoutMs } = options;
  const { datetimeOffset = "+00:00", zeroDates = "error" } = options;
  if (!/^[+-]\d\d:\d\d$/.test(datetimeOffset)) throw ingestError["invalid-offset"]({ offset: datetimeOffset });
  const open: DatabaseAccess["open"] = ({ signal, env }) =>
    openReader(connection, { statementTimeoutMs, signal, env }, { datetimeOffset, zeroDates });
  const streams = Object.entries(tables).map(([stream, table]) => ({
    ...databaseStream(stream, table, { schema: table.database, batchRows, open }),
    address: ({ env }: AddressContext) => addressOf(connection, stream, { ...table, env }),
  }));
  return { name, kind: "mariadb", description, ...secretsPart(connection), streams };
}

async function addressOf(
  connection: SecretSetting,
  stream: string,
  { database, table = stream, env }: MariadbTableOptions & Pick<AddressContext, "env">,
): Promise<DatasetAddress> {
  const source = dataSourceOf(await readSecret(connection, env));
  return tableAddress(source.server, [database ?? source.database, table]);
}

async function openReader(setting: SecretSetting, options: SessionOptions, forms: TimeForms): Promise<DatabaseReader> {
  const session = await openSession(setting, options);
  return {
    describe: (name) => describeTable(session, name),
    blocks: (table, selection, limits) => session.rows(selectStatement(table, selection, forms), limits),
    async hasNull({ schema, name }, column) {
      const nulls = `SELECT 1 FROM ${qualifiedName(schema, name)} WHERE ${quoteIdentifier(column)} IS NULL LIMIT 1`;
      return (await session.ask(nulls)).length !== 0;
    },
    unitOf: cursorUnit,
    after: afterPosition,
    among: amongKeys,
    explain: (failure) => session.explain(failure),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
