import type { Mask } from "@thoth/contract/access-terms";
import { quoteIdentifier, quoteLiteral } from "@thoth/warehouse/sql-text";

/** A column as it is stored. */
export interface StoredColumn {
  readonly name: string;
  /** DuckDB type. */
  readonly sqlType: string;
}

/**
 * SQL of a column's masked value, of the column's own type. Hashes come from a macro whose key no text shows
 * (`@thoth/warehouse/masked-text`).
 * @param mask null when nobody said how: then every value is null
 */
export function maskSql({ name, sqlType }: StoredColumn, mask: Mask | null, salt: string): string {
  const column = quoteIdentifier(name);
  switch (mask?.kind) {
    case "hash":
      return `${maskedTextMacro}(${column}, ${quoteLiteral(salt)})`;
    case "partial":
      // Of a short text not more than half.
      return `(left(${column}, least(${mask.keep}, length(${column}) // 2)) || '***')`;
    case "bucket":
      return bucketSql(column, sqlType, mask.every);
    case "null":
    case undefined:
      return `CAST(NULL AS ${sqlType})`;
    default:
      return mask satisfies never;
  }
}

const maskedTextMacro = "masked_text";
/** A number for a value and a salt, which tells nothing of either without the key: rows are put in its order. */
export const maskedOrderMacro = "masked_order";

function bucketSql(column: string, sqlType: string, every: number | string): string {
  const rounded =
    typeof every === "number"
      ? `floor(${column} / ${every}) * ${every}`
      : `date_trunc(${quoteLiteral(every)}, ${column})`;
  return `CAST(${rounded} AS ${sqlType})`;
}
