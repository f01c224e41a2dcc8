/** How the values of one column cross into the engine: as text, and an expression that makes the text a value again. */
export interface CellFormat {
  /** Undefined for a value that the type cannot hold and that the engine's cast would let pass. */
  readonly toText: (value: unknown) => string | null | undefined;
  /** @param text SQL of the text, such as a quoted column */
  readonly fromText: (text: string) => string;
}

const integerTypes =
  /^(u?(tinyint|smallint|integer|int|bigint|hugeint)|u?int(8|16|32|64|128)|int[1248]|short|long|signed)$/i;

/** @param type DuckDB type of the target column */
export function cellFormat(type: string): CellFormat {
  const fromText = (text: string) => `cast(${text} as ${type})`;
  if (integerTypes.test(type)) return { toText: integerText, fromText };
  if (/^date$/i.test(type))
    return { toText: (value) => plainText(value)?.slice(0, dateLength(value)) ?? null, fromText };
  if (/^(blob|bytea|binary|varbinary)$/i.test(type)) return { toText: blobText, fromText };
  if (/[\]]$|^(struct|map|union)\b/i.test(type)) {
    return { toText: jsonText, fromText: (text) => `cast(cast(${text} as json) as ${type})` };
  }
  if (/^json$/i.test(type)) return { toText: jsonText, fromText };
  return { toText: plainText, fromText };
}

// The engine rounds 3.7 when it casts it to an integer.
function integerText(value: unknown): string | null | undefined {
  const integral =
    typeof value === "number" ? Number.isInteger(value) : typeof value !== "string" || /^\s*[+-]?\d+\s*$/.test(value);
  if (!integral) return undefined;
  return typeof value === "number" && !Number.isSafeInteger(value) ? BigInt(value).toString() : plainText(value);
}

function plainText(value: unknown): string | null {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? jsonText(value) : String(value);
}

function dateLength(value: unknown): number | undefined {
  return value instanceof Date ? "2025-01-01".length : undefined;
}

/** Text is taken to be JSON already, as it comes out of files; a big integer becomes a JSON string, which casts back exactly. */
function jsonText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item));
}

/** `\xAA\x0B` */
function blobText(value: unknown): string | null {
  if (!(value instanceof Uint8Array)) return plainText(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex").replace(/../g, "\\x$&");
}
