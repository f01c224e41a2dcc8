import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";
import { orderFingerprint } from "./cursor.ts";
import type { OrderTerm } from "./query-plan.ts";

/** A row's place in an order, as a list of the texts of its order columns. */
export function placeSql(order: readonly OrderTerm[], row: string): string {
  return `[${order.map(({ column }) => `CAST(${row}.${quoteIdentifier(column)} AS VARCHAR)`).join(", ")}]`;
}

/**
 * What `encodeCursor` makes of a place, made by the engine: base64url of `[fingerprint, checksum, ...texts]`. The
 * engine writes rare control characters with other letters than JavaScript; such a row is left to JavaScript.
 * @param place an SQL list of texts, evaluated more than once
 */
export function cursorSql(product: string, order: readonly OrderTerm[], place: string): string {
  const fingerprint = orderFingerprint(product, order);
  const json = `CAST(to_json(${place}) AS VARCHAR)`;
  const texts = `substr(CASE WHEN contains(${json}, '\\u00') THEN error('control character') ELSE ${json} END, 2)`;
  const summed = `concat(${quoteLiteral(`[${JSON.stringify(fingerprint)},`)}, ${texts})`;
  const checksum = `substr(${urlSafe(`base64(unhex(sha256(${summed})))`)}, 1, 12)`;
  const body = `concat(${quoteLiteral(`[${JSON.stringify(fingerprint)},"`)}, ${checksum}, '",', ${texts})`;
  return `rtrim(${urlSafe(`base64(encode(${body}))`)}, '=')`;
}

function urlSafe(base64: string): string {
  return `translate(${base64}, '+/', '-_')`;
}
