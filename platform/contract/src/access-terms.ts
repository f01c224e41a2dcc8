import type { ColumnModel } from "./product-model.ts";

/** How a column is shown to those who may not see its values. */
export type Mask =
  /** 16 hexadecimal digits, the same for equal values within one consumer and purpose; for text. */
  | { readonly kind: "hash" }
  /** The first characters, half of the text at most, and `***`; for text. */
  | { readonly kind: "partial"; readonly keep: number }
  /** Rounded down to a multiple of a number, or to the beginning of a period; for numbers, dates and timestamps. */
  | { readonly kind: "bucket"; readonly every: number | BucketPeriod }
  /** Null for every row; for columns that may be null. */
  | { readonly kind: "null" };

export const bucketPeriods = ["day", "week", "month", "quarter", "year"] as const;
export type BucketPeriod = (typeof bucketPeriods)[number];

/** One condition on stored rows; all conditions of a role hold for each row it sees. */
export type RowRule =
  /** The column is one of the comma-separated values of the principal's attribute; without the attribute no row passes. */
  | { readonly kind: "attribute"; readonly column: string; readonly attribute: string }
  | { readonly kind: "in"; readonly column: string; readonly values: readonly string[] }
  /** The column, a date or timestamp, lies before now, or not before now less a span. */
  | { readonly kind: "before" | "after"; readonly column: string; readonly span: RowSpan };

/** Subtracted from now. All zero: now itself. */
export interface RowSpan {
  readonly years: number;
  readonly days: number;
}

/** A role that a contract offers: what those who are granted it see. */
export interface RoleModel {
  readonly name: string;
  readonly description: string;
  /** Who grants it, and who grants as the second person; account names as the contract writes them. */
  readonly firstLevelApprovers: readonly string[];
  readonly secondLevelApprovers: readonly string[];
  /** Column → mask. A column that is not listed is shown as it is. */
  readonly masks: Readonly<Record<string, Mask>>;
  readonly rows: readonly RowRule[];
  /** People at least behind each number, when the role reads aggregates only; 1 when it reads rows. */
  readonly minGroupSize: number;
  /** Columns that aggregates may be grouped and filtered by; empty when the role reads rows. */
  readonly groupBy: readonly string[];
}

/**
 * Whether what is picked by a column keeps or drops the groups that a role shows as a whole: it is one that they are made by,
 * and shown so that other values are other groups.
 */
export function keepsWholeCells({ groupBy, masks }: Pick<RoleModel, "groupBy" | "masks">, column: string): boolean {
  const mask = Object.hasOwn(masks, column) ? masks[column] : undefined;
  return groupBy.includes(column) && (mask === undefined || mask.kind === "hash");
}

/** What a column says about people: it names one, stands for one, tells something about one, or nothing. */
export type PersonalData = "direct" | "pseudonym" | "attribute" | "none";

/** What people agreed to. */
export interface ConsentModel {
  /** What the data is kept for: `learning-research`. */
  readonly purpose: string | undefined;
  readonly basis: "opt-in" | "teaching-duty" | "legal-obligation" | undefined;
  /** Purpose → boolean column that is true for rows about people who opted in for it. */
  readonly columns: Readonly<Record<string, string>>;
}

const textTypes: ReadonlySet<string> = new Set(["VARCHAR"]);

const numberType =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*)$/;

/** Whether values of a column's engine type are numbers. */
export function isNumberType(sqlType: string): boolean {
  return numberType.test(sqlType);
}

/** Whether they are days or instants. */
export function isTimeType(sqlType: string): boolean {
  return sqlType === "DATE" || sqlType.startsWith("TIMESTAMP");
}

/** Why a mask cannot be put on a column, in words for the contract's author; undefined when it can. */
export function maskProblem(column: ColumnModel, mask: Mask): string | undefined {
  const isText = textTypes.has(column.sqlType);
  switch (mask.kind) {
    case "hash":
    case "partial":
      if (!isText) return `${mask.kind} is for text, and the column is ${column.sqlType}`;
      return column.enumValues === undefined ? undefined : `${mask.kind} would leave the column's list of values`;
    case "bucket":
      return bucketProblem(column, mask.every);
    case "null":
      return column.required ? "the column is promised never to be null" : undefined;
    default:
      return mask satisfies never;
  }
}

function bucketProblem({ sqlType }: ColumnModel, every: number | BucketPeriod): string | undefined {
  if (typeof every === "number")
    return isNumberType(sqlType) ? undefined : `a bucket of ${every} is for numbers, and the column is ${sqlType}`;
  return isTimeType(sqlType)
    ? undefined
    : `a bucket of a ${every} is for dates and timestamps, and the column is ${sqlType}`;
}
