import type { DuckDBConnection } from "@duckdb/node-api";
import { BLOB, blobValue } from "@duckdb/node-api";
import type { QueryEngine } from "./query-engine.ts";

const blockBytes = 64;

/**
 * Defines the temp macro `pseudonym(text)`: the first 16 hex digits of HMAC-SHA-256, null for null.
 * The key lives in two session variables and not in the macro's text, so no error message can quote it.
 * @source RFC 2104, with the two padded keys computed here
 */
export async function definePseudonym(connection: DuckDBConnection, key: string): Promise<void> {
  const block = Buffer.alloc(blockBytes);
  (await hmacKey(key)).copy(block);
  const padded = (byte: number) => blobValue(Uint8Array.from(block, (value) => value ^ byte));
  await connection.run("set variable pseudonym_inner = $1", [padded(0x36)], [BLOB]);
  await connection.run("set variable pseudonym_outer = $1", [padded(0x5c)], [BLOB]);
  await connection.run(pseudonymMacro);
}

/** Defines it without a key, for an engine that only looks at queries. Without the variables it would be a constant null. */
export async function declarePseudonym(engine: QueryEngine): Promise<void> {
  await engine.query("set variable pseudonym_inner = ''::blob");
  await engine.query("set variable pseudonym_outer = ''::blob");
  await engine.query(pseudonymMacro);
}

const pseudonymMacro = `create or replace temp macro pseudonym(text) as left(sha256(
       getvariable('pseudonym_outer') || unhex(sha256(getvariable('pseudonym_inner') || encode(text::varchar)))), 16)`;

/** Longer keys are hashed first, as HMAC says. */
async function hmacKey(key: string): Promise<Buffer> {
  const bytes = Buffer.from(key, "utf8");
  if (bytes.length <= blockBytes) return bytes;
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes));
}
