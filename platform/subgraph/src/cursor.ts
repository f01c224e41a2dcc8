import { createHash } from "node:crypto";
import type { ColumnType } from "./column-type.ts";
import { isEngineText } from "./engine-text.ts";
import { subgraphError } from "./errors.ts";
import type { OrderTerm, Predicate } from "./query-plan.ts";

/** The place of one row in an order: the texts of its order columns. */
export type CursorPlace = readonly (string | null)[];

/** What an order is, in few characters. Cursors of one order mean nothing in another. */
export function orderFingerprint(product: string, order: readonly OrderTerm[]): string {
  return digest([product, ...order.map(({ column, direction }) => `${column} ${direction}`)]);
}

/** Opaque: base64url of `[fingerprint, checksum, ...texts]`. */
export function encodeCursor(fingerprint: string, place: CursorPlace): string {
  return Buffer.from(JSON.stringify([fingerprint, digest([fingerprint, ...place]), ...place])).toString("base64url");
}

/**
 * @param types of the order's columns; a text that is no value of its column is refused
 * @throws MeshError `subgraph/cursor-invalid`, `subgraph/cursor-other-order`
 */
export function decodeCursor(
  cursor: string,
  order: { readonly field: string; readonly fingerprint: string; readonly types: readonly ColumnType[] },
): CursorPlace {
  const [fingerprint, checksum, ...place] = parseCursor(cursor);
  if (checksum !== digest([fingerprint ?? null, ...place])) throw invalid("it was changed on the way");
  if (fingerprint !== order.fingerprint) throw subgraphError["cursor-other-order"]({ field: order.field });
  const fits = place.length === order.types.length && order.types.every((type, at) => fitsType(type, place[at]));
  if (!fits) throw invalid("its values do not fit the order's columns");
  return place;
}

/**
 * Rows after the place, nulls last in both directions. With order a, b, c:
 * `after(a) or (a equals and after(b)) or (a and b equal and after(c))`.
 */
export function afterPlace(order: readonly OrderTerm[], place: CursorPlace): Predicate {
  const alternatives = order.map((term, index) => {
    const equal = order.slice(0, index).map((earlier, at) => equals(earlier, place[at] ?? null));
    return { kind: "and", of: [...equal, beyond(term, place[index] ?? null)] } satisfies Predicate;
  });
  return { kind: "or", of: alternatives };
}

function equals({ column, sqlType }: OrderTerm, value: string | null): Predicate {
  if (value === null) return { kind: "is-null", column };
  return { kind: "compare", column, operator: "=", value: { sqlType, value } };
}

function beyond({ column, sqlType, direction }: OrderTerm, value: string | null): Predicate {
  if (value === null) return { kind: "or", of: [] };
  const further: Predicate = {
    kind: "compare",
    column,
    operator: direction === "ASC" ? ">" : "<",
    value: { sqlType, value },
  };
  return { kind: "or", of: [further, { kind: "is-null", column }] };
}

function parseCursor(cursor: string): (string | null)[] {
  if (cursor.length > maxCursorLength) throw invalid("it is too long");
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch (cause) {
    throw invalid("it is no cursor of ours", cause);
  }
  if (!isTexts(parts) || parts.length < 2) throw invalid("it is no cursor of ours");
  return parts;
}

function isTexts(parts: unknown): parts is (string | null)[] {
  return Array.isArray(parts) && parts.every((part) => part === null || typeof part === "string");
}

const maxCursorLength = 100_000;

function fitsType(type: ColumnType, text: string | null | undefined): boolean {
  return text === null || (text !== undefined && isEngineText(type, text));
}

function invalid(reason: string, cause?: unknown) {
  return subgraphError["cursor-invalid"]({ reason }, cause === undefined ? {} : { cause });
}

function digest(parts: readonly (string | null)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 12);
}
