import type { DuckDBConnection } from "@duckdb/node-api";
import { defineKeyedHash, variables } from "./keyed-hash.ts";

const maskedText = "masked_text";

/**
 * Defines the temp macro `masked_text(text, salt)`: 16 hexadecimal digits, the same for equal texts under one salt, null for
 * null. Without the key nobody can find the text by trying. Beside it `masked_order(value, salt)`, a number to order rows by
 * in place of the value: nobody sees it, so the fastest hash that a key can be mixed into will do.
 * @param key kept by whoever must give equal texts equal masks tomorrow
 */
export async function defineMaskedText(connection: DuckDBConnection, key: string): Promise<void> {
  await defineKeyedHash(connection, {
    macro: maskedText,
    parameters: ["text", "salt"],
    // The salt is of fixed length, so no two pairs make one message.
    message: "salt || ':' || text::varchar",
    key,
  });
  const { inner } = variables(maskedText);
  await connection.run(
    `create or replace temp macro masked_order(value, salt) as md5_number(getvariable('${inner}') || encode(salt || ':' || value::varchar))`,
  );
}
