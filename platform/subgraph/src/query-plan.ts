import type { Interval } from "./duration.ts";

/**
 * What a statement does, before it is SQL. Plans are plain data: equal plans have equal JSON, they hold no keys of parent
 * rows, and every column they name is a column of a contract. `compile-sql.ts` turns one into text and parameters.
 *
 *     TableReference  what the principal may see of one table, and nothing else     innermost FROM
 *       └ RowSource   + time shift, match with parents' keys, where
 *           └ PagePlan | LookupPlan | AggregatePlan                                  one statement
 */
export type QueryPlan = PagePlan | LookupPlan | AggregatePlan;

/** One page of rows, counted when asked; with `source.match`, one page per parent. */
export interface PagePlan {
  readonly kind: "page";
  readonly source: RowSource;
  readonly output: RowOutput;
  readonly order: readonly OrderTerm[];
  /** Rows after the cursor; null on the first page. */
  readonly after: Predicate | null;
  /** Rows of a page; one more is read to know whether there is a next page. */
  readonly first: number;
  /** False when only the count is asked for. */
  readonly rows: boolean;
  readonly total: boolean;
  /** True when each row carries the texts its cursor is made of. */
  readonly cursor: boolean;
}

/** The rows that have the given keys. */
export interface LookupPlan {
  readonly kind: "lookup";
  readonly source: RowSource;
  readonly output: RowOutput;
}

/** One row per group; with `source.match`, per parent and group. */
export interface AggregatePlan {
  readonly kind: "aggregate";
  readonly source: RowSource;
  readonly group: readonly string[];
  readonly bucket: Bucket | null;
  readonly measures: readonly Measure[];
  /** Over measures: a predicate's column is a measure's id. */
  readonly having: Predicate | null;
  /** Over group columns, the bucket and measures by their output names. */
  readonly order: readonly OrderTerm[];
  readonly first: number;
  /** Groups of fewer rows are left out. */
  readonly minGroupSize: number;
  readonly previous: PreviousPeriod | null;
}

/** A published table as one principal may see it. Nothing else of the table can be named further out. */
export interface TableReference {
  readonly name: readonly [catalog: string, schema: string, table: string];
  readonly columns: readonly ReadColumn[];
  /** SQL of what the access decision lets through of the columns; null when that is all there is. */
  readonly secured: string | null;
}

export interface ReadColumn {
  readonly name: string;
  readonly sqlType: string;
  /** `text`: cast to text; `finite`: null instead of NaN and infinity, where the table holds them. */
  readonly as: "stored" | "text" | "finite";
}

export interface RowSource {
  readonly table: TableReference;
  /** Moves a time column forward, so that the past lines up with the present. */
  readonly shift: TimeShift | null;
  /** Columns that must equal the parents' keys, in the order of the keys' parts. */
  readonly match: readonly KeyColumn[] | null;
  readonly where: Predicate | null;
}

export interface KeyColumn {
  readonly name: string;
  readonly sqlType: string;
}

export interface TimeShift {
  readonly column: string;
  readonly sqlType: string;
  readonly by: Interval;
}

export interface RowOutput {
  readonly columns: readonly string[];
  /** Sets of columns whose values the row carries as texts too, to find related rows by. */
  readonly keys: readonly (readonly string[])[];
}

export interface OrderTerm {
  readonly column: string;
  readonly sqlType: string;
  readonly direction: "ASC" | "DESC";
}

export type TimeBucket = "HOUR" | "DAY" | "WEEK" | "MONTH" | "QUARTER" | "YEAR";

export interface Bucket {
  readonly column: string;
  readonly zoned: boolean;
  readonly every: TimeBucket;
}

export type Measure =
  | { readonly id: string; readonly of: "count" }
  | { readonly id: string; readonly of: ColumnMeasure; readonly column: string }
  | { readonly id: string; readonly of: "ratio"; readonly column: string; readonly to: string };

export type ColumnMeasure = "countDistinct" | "sum" | "avg" | "min" | "max" | "median";

export interface PreviousPeriod {
  readonly shift: TimeShift;
  readonly measures: readonly Measure[];
}

/** Three-valued like SQL inside, two-valued outside: only rows for which it is true pass, and `not` passes all others. */
export type Predicate =
  | { readonly kind: "and" | "or"; readonly of: readonly Predicate[] }
  | { readonly kind: "not"; readonly of: Predicate }
  | { readonly kind: "is-null"; readonly column: string }
  | { readonly kind: "compare"; readonly column: string; readonly operator: Comparison; readonly value: BoundValue }
  | { readonly kind: "in"; readonly column: string; readonly values: BoundList }
  | { readonly kind: "match"; readonly column: string; readonly how: TextMatch; readonly text: string }
  | { readonly kind: "has"; readonly column: string; readonly how: "any" | "all"; readonly values: BoundList };

export type Comparison = "=" | ">" | ">=" | "<" | "<=" | "is distinct from";
export type TextMatch = "contains" | "starts-with" | "ends-with" | "like" | "contains-ignoring-case";

/** A value and the type it is cast to. Numbers and times are texts, so that none loses precision on the way. */
export interface BoundValue {
  readonly sqlType: string;
  readonly value: string | boolean;
}

export interface BoundList {
  /** Of one element. */
  readonly sqlType: string;
  readonly values: readonly string[];
}
