import type { DuckDBConnection } from "@duckdb/node-api";
import { defineKeyedHash } from "./keyed-hash.ts";

/**
 * Defines the temp macro `masked_text(text, salt)`: 16 hexadecimal digits, the same for equal texts under one salt, null for
 * null. Without the key nobody can find the text by trying.
 * @param key kept by whoever must give equal texts equal masks tomorrow
 */
export async function defineMaskedText(connection: DuckDBConnection, key: string): Promise<void> {
  await defineKeyedHash(connection, {
    macro: "masked_text",
    parameters: ["text", "salt"],
    // The salt is of fixed length, so no two pairs make one message.
    message: "salt || ':' || text::varchar",
    key,
  });
}
