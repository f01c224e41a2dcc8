import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Source } from "./connector.ts";
import {
  type DatabaseAccess,
  type DatabaseReader,
  type DatabaseTableOptions,
  databaseStream,
} from "./database-source.ts";
import { type AddressContext, type DatasetAddress, tableAddress } from "./dataset-address.ts";
import { dataSourceOf, openSession, type SessionOptions } from "./postgres-connection.ts";
import { copyOut } from "./postgres-copy.ts";
import { afterPosition, amongKeys, cursorUnit } from "./postgres-cursor.ts";
import { copyStatement, describeTable } from "./postgres-table.ts";
import { readSecret, type SecretSetting, secretsPart } from "./secret-setting.ts";

export interface PostgresTableOptions extends DatabaseTableOptions {
  /** `public` unless given. */
  readonly schema?: string;
}

export interface PostgresOptions {
  readonly name?: string;
  readonly description?: string;
  /** `postgres://user:password@host:5432/database`. Never shown in errors, logs or checkpoints. */
  readonly connection: SecretSetting;
  /** By the name of the stream. */
  readonly tables: Readonly<Record<string, PostgresTableOptions>>;
  /** Rows that become durable together; 200,000 unless given. */
  readonly batchRows?: number;
  /** Longest statement, ms; an hour unless given. */
  readonly statementTimeoutMs?: number;
}

/**
 * Tables of a Postgres server as a source. Every stream is read in one read-only transaction with `COPY`, so all its
 * rows belong to one moment; the server waits while a batch lands.
 */
export function postgresTables(options: PostgresOptions): Source {
  const { name = "postgres", description = "Tables of a Postgres database.", tables } = options;
  const { connection, batchRows, statementTimeoutMs = defaultStatementTimeoutMs } = options;
  const open: DatabaseAccess["open"] = ({ signal, env }) => openReader(connection, { statementTimeoutMs, signal, env });
  const streams = Object.entries(tables).map(([stream, table]) => ({
    ...databaseStream(stream, table, { schema: table.schema, batchRows, open }),
    address: ({ env }: AddressContext) => addressOf(connection, stream, { ...table, env }),
  }));
  return { name, kind: "postgres", description, ...secretsPart(connection), streams };
}

const defaultStatementTimeoutMs = 3_600_000;

async function addressOf(
  connection: SecretSetting,
  stream: string,
  { schema = "public", table = stream, env }: PostgresTableOptions & Pick<AddressContext, "env">,
): Promise<DatasetAddress> {
  const { server, database } = dataSourceOf(await readSecret(connection, env));
  return tableAddress(server, [database, schema, table]);
}

async function openReader(connection: SecretSetting, options: SessionOptions): Promise<DatabaseReader> {
  const session = await openSession(connection, options);
  const { client } = session;
  const { rows } = await client.query<{ server_encoding: string }>("SHOW server_encoding");
  const encoding = rows[0]?.server_encoding === "SQL_ASCII" ? "SQL_ASCII" : "UTF8";
  return {
    describe: (name) => describeTable(session, name),
    blocks: (table, selection, limits) => copyOut(client, copyStatement(table, selection, encoding), limits),
    async hasNull({ schema, name }, column) {
      const nulls = `SELECT 1 FROM ${qualifiedName(schema, name)} WHERE ${quoteIdentifier(column)} IS NULL LIMIT 1`;
      return (await client.query(nulls)).rowCount !== 0;
    },
    unitOf: cursorUnit,
    after: afterPosition,
    among: amongKeys,
    explain: session.explain,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}
