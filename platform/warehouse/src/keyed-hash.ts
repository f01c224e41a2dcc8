import type { DuckDBConnection } from "@duckdb/node-api";
import { BLOB, blobValue } from "@duckdb/node-api";

export interface KeyedHash {
  /** Name of the temp macro. */
  readonly macro: string;
  readonly parameters: readonly string[];
  /** SQL text of what is hashed, over the parameters. */
  readonly message: string;
  readonly key: string;
}

const blockBytes = 64;

/**
 * Defines a temp macro that yields the first 16 hexadecimal digits of HMAC-SHA-256, null for null.
 * The key lives in two session variables and not in the macro's text, so no error message can quote it.
 * @source RFC 2104, with the two padded keys computed here
 */
export async function defineKeyedHash(connection: DuckDBConnection, hash: KeyedHash): Promise<void> {
  const block = Buffer.alloc(blockBytes);
  (await hmacKey(hash.key)).copy(block);
  const padded = (byte: number) => blobValue(Uint8Array.from(block, (value) => value ^ byte));
  const { inner, outer } = variables(hash.macro);
  await connection.run(`set variable ${inner} = $1`, [padded(0x36)], [BLOB]);
  await connection.run(`set variable ${outer} = $1`, [padded(0x5c)], [BLOB]);
  await connection.run(keyedHashMacro(hash));
}

/** SQL that defines the macro; the variables must be set before it is called. */
export function keyedHashMacro({ macro, parameters, message }: Omit<KeyedHash, "key">): string {
  const { inner, outer } = variables(macro);
  return `create or replace temp macro ${macro}(${parameters.join(", ")}) as left(sha256(
       getvariable('${outer}') || unhex(sha256(getvariable('${inner}') || encode(${message})))), 16)`;
}

export function variables(macro: string): { readonly inner: string; readonly outer: string } {
  return { inner: `${macro}_inner`, outer: `${macro}_outer` };
}

/** Longer keys are hashed first, as HMAC says. */
async function hmacKey(key: string): Promise<Buffer> {
  const bytes = Buffer.from(key, "utf8");
  if (bytes.length <= blockBytes) return bytes;
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes));
}
