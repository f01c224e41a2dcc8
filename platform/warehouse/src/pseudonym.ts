import type { DuckDBConnection } from "@duckdb/node-api";
import { defineKeyedHash, keyedHashMacro, variables } from "./keyed-hash.ts";
import type { QueryEngine } from "./query-engine.ts";

const pseudonym = { macro: "pseudonym", parameters: ["text"], message: "text::varchar" };

/** Defines the temp macro `pseudonym(text)`: the first 16 hex digits of HMAC-SHA-256, null for null. */
export async function definePseudonym(connection: DuckDBConnection, key: string): Promise<void> {
  await defineKeyedHash(connection, { ...pseudonym, key });
}

/** Defines it without a key, for an engine that only looks at queries. Without the variables it would be a constant null. */
export async function declarePseudonym(engine: QueryEngine): Promise<void> {
  for (const variable of Object.values(variables(pseudonym.macro)))
    await engine.query(`set variable ${variable} = ''::blob`);
  await engine.query(keyedHashMacro(pseudonym));
}
