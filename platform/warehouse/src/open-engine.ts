import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { countMemoryOf } from "./counted-memory.ts";
import { engineError } from "./engine-errors.ts";
import { quoteIdentifier, quoteLiteral } from "./sql-text.ts";

export interface EngineOptions {
  /** Worker threads of the engine; its own default when absent. */
  readonly threads?: number | undefined;
  /** Such as `1GB`; the engine's own default (80 % of the machine) when absent. */
  readonly memoryLimit?: string | undefined;
  /** Where the engine may spill; nowhere when absent. */
  readonly tmpDir?: string | undefined;
}

/** An engine without a database of its own: files are attached. It never downloads or loads an extension. */
export async function openEngine(options: EngineOptions = {}): Promise<DuckDBInstance> {
  try {
    const engine = await DuckDBInstance.create(":memory:", {
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      allow_community_extensions: "false",
      errors_as_json: "true",
      temp_directory: options.tmpDir ?? "",
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
    });
    countMemoryOf(engine);
    return engine;
  } catch (error) {
    throw engineError(error);
  }
}

/** Connects with the session settings all connections share: time is UTC, errors can be taken apart. */
export async function connectEngine(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run("set timezone = 'UTC'");
  return connection;
}

/** `attach 'file' as "alias" (read_only)` */
export function attachStatement(file: string, alias: string, options: AttachOptions): string {
  const list = Object.entries(options).map(([name, value]) => (value === true ? name : `${name} ${value}`));
  return `attach ${quoteLiteral(file)} as ${quoteIdentifier(alias)}${list.length === 0 ? "" : ` (${list.join(", ")})`}`;
}

export interface AttachOptions {
  readonly read_only?: true;
  /** Bytes, a power of two from 16 KiB to 256 KiB; counts when the file is created. */
  readonly block_size?: number;
}
