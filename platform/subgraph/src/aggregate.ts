import type { ColumnFilter } from "./column-filter.ts";
import { columnType } from "./column-type.ts";
import { planShift } from "./compare-period.ts";
import { subgraphError } from "./errors.ts";
import { limits } from "./limits.ts";
import { isColumnMeasure, MeasureSet, type RatioArguments } from "./measures.ts";
import { type OrderInput, onlyEntry } from "./order-by.ts";
import { matchColumns, planFirst, whereScope } from "./page-plan.ts";
import { columnField, type TypeGraph } from "./product-graph.ts";
import type { AggregatePlan, Bucket, OrderTerm, PreviousPeriod, TimeBucket } from "./query-plan.ts";
import { groupColumn, rowColumns } from "./row-columns.ts";
import { type Selection, selected } from "./selection.ts";
import { columnNamed, type PlanContext, TableAccess } from "./table-access.ts";
import { type FilterInput, type FilterScope, type Operand, planFilter } from "./where.ts";

/** Arguments of an aggregate field, coerced. Columns are named as in the contract. */
export interface AggregateArguments {
  readonly where?: FilterInput | null;
  readonly groupBy?: readonly string[] | null;
  readonly bucket?: BucketInput | null;
  readonly compareTo?: ComparePeriod | null;
  readonly having?: FilterInput | null;
  readonly orderBy?: readonly OrderInput[] | null;
  readonly first?: number | null;
}

export interface BucketInput {
  readonly column: string;
  readonly every: TimeBucket;
}

export type ComparePeriod = "PREVIOUS_PERIOD" | "PREVIOUS_YEAR";

/** Plans an aggregate field from what is selected below it. */
export function planAggregate(type: TypeGraph, selection: Selection, context: PlanContext): AggregatePlan {
  const args: AggregateArguments = selection.args;
  const access = new TableAccess(type.model, context.decide(type.model), "aggregate");
  const measures = new MeasureSet(type, access);
  measures.select(selection.children);
  // Under a grouping, cells with too few people are not even read.
  const minGroupSize = access.decision.grouping === null ? access.decision.minGroupSize : 1;
  if (minGroupSize > 1) measures.count();
  const group = [...new Set(args.groupBy ?? [])];
  for (const column of group) access.require(column, "groupBy");
  const bucket = planBucket(args.bucket, access);
  const having = planFilter(args.having, havingScope(measures, context.now));
  const order = planGroupOrder(args.orderBy, { type, measures, group, bucket });
  const where = planFilter(args.where, whereScope(type, access, context.now));
  const previous = planPrevious(type, selection, access);
  const match = matchColumns(access, context.match);
  return {
    kind: "aggregate",
    source: { table: access.reference(), shift: null, match, where },
    group,
    bucket,
    measures: measures.measures,
    having,
    order,
    first: planFirst(args.first, limits.defaultGroups),
    minGroupSize,
    previous,
  };
}

function planBucket(input: BucketInput | null | undefined, access: TableAccess): Bucket | null {
  if (input === null || input === undefined) return null;
  const type = access.require(input.column, "bucket");
  if (type.kind === "date" && input.every === "HOUR") throw subgraphError["bucket-too-fine"]({ column: input.column });
  return { column: input.column, zoned: type.zoned === true, every: input.every };
}

function planPrevious(type: TypeGraph, selection: Selection, access: TableAccess): PreviousPeriod | null {
  const args: AggregateArguments = selection.args;
  const previous = selected(selection, "previous");
  if (previous.length === 0 || args.compareTo === null || args.compareTo === undefined) return null;
  const { column, by } = planShift(type, args, args.compareTo);
  access.require(column, "compareTo");
  const measures = new MeasureSet(type, access);
  measures.count();
  for (const { children } of previous) measures.select(children);
  const { sqlType } = columnType(columnNamed(type.model, column));
  return { shift: { column, sqlType, by }, measures: measures.measures };
}

/** `having: { count: { gte: 10 }, sum: { calls: { gt: 0 } } }` */
function havingScope(measures: MeasureSet, now: number): FilterScope {
  return {
    now,
    operands: (field, value) => {
      if (!isColumnMeasure(field)) return [[measures.count(), value as ColumnFilter]];
      return Object.entries(value as FilterInput).map(([column, filter]) => {
        if (filter === null) throw subgraphError["null-operand"]({ operator: `${field}.${column}` });
        return [measures.ofColumn(field, column, "having"), filter as ColumnFilter];
      });
    },
  };
}

interface Groups {
  readonly type: TypeGraph;
  readonly measures: MeasureSet;
  readonly group: readonly string[];
  readonly bucket: Bucket | null;
}

/** What was asked for, then the bucket and the group columns, so that the same question has the same answer. */
function planGroupOrder(entries: readonly OrderInput[] | null | undefined, groups: Groups): OrderTerm[] {
  const wanted = (entries ?? []).map((entry) => groupTerm(entry, groups));
  const rest = [...(groups.bucket === null ? [] : [rowColumns.bucket]), ...groups.group.map(groupColumn)]
    .filter((column) => !wanted.some((term) => term.column === column))
    .map((column) => ({ column, sqlType: "", direction: "ASC" as const }));
  return [...wanted, ...rest];
}

function groupTerm(entry: OrderInput, groups: Groups): OrderTerm {
  const [field, value] = onlyEntry(entry);
  if (field === "bucket" || field === "count") return term(dimensionOrCount(field, groups), value);
  if (field === "ratio")
    return term(groups.measures.ratio(value as RatioArguments, "orderBy"), (value as OrderInput).direction);
  const [column, direction] = onlyEntry(value as OrderInput);
  if (isColumnMeasure(field)) return term(groups.measures.ofColumn(field, column, "orderBy"), direction);
  const name = columnField(groups.type, column).column.name;
  if (!groups.group.includes(name)) throw subgraphError["order-not-grouped"]({ name });
  return term({ column: groupColumn(name) }, direction);
}

function dimensionOrCount(field: "bucket" | "count", { measures, bucket }: Groups): Pick<Operand, "column"> {
  if (field === "count") return measures.count();
  if (bucket === null) throw subgraphError["order-not-grouped"]({ name: "the bucket" });
  return { column: rowColumns.bucket };
}

function term({ column }: Pick<Operand, "column">, direction: unknown): OrderTerm {
  return { column, sqlType: "", direction: direction as OrderTerm["direction"] };
}
