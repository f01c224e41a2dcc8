import type { ArgBuilder, InputRef, OutputRef } from "@pothos/core";
import { isNumeric, isScalar } from "./column-type.ts";
import type { GraphTypes } from "./graph-builder.ts";
import type { InputTypes, TypeKit } from "./input-types.ts";
import { leafValue } from "./leaf-value.ts";
import { limits } from "./limits.ts";
import { buildMeasureTypes, type MeasureRow, measureFields } from "./measure-types.ts";
import { columnMeasures, measureType } from "./measures.ts";
import { columnsOf, type TypeGraph } from "./product-graph.ts";
import type { ColumnMeasure } from "./query-plan.ts";
import type { Resolvers } from "./resolvers.ts";
import { previousColumn, rowColumns, rowCountId } from "./row-columns.ts";
import { inputOf } from "./shared-types.ts";
import { typeNames } from "./type-names.ts";

export interface AggregateTypes {
  readonly row: OutputRef<MeasureRow>;
  readonly having: InputRef<unknown>;
  readonly orderBy: InputRef<unknown>;
  /** Undefined when the product has no time column. */
  readonly bucket: InputRef<unknown> | undefined;
}

export function buildAggregateTypes(
  kit: TypeKit,
  { type, inputs, resolvers }: { readonly type: TypeGraph; readonly inputs: InputTypes; readonly resolvers: Resolvers },
): AggregateTypes {
  const names = typeNames(type.model.typeName);
  const at = { type, inputs, resolvers, types: buildMeasureTypes(kit, type, resolvers) };
  const measures = kit.builder.objectRef<MeasureRow>(names.measures).implement({
    description: "Measures of the same group in the period compared with.",
    fields: (t) => measureFields(t, at),
  });
  const moment = { kind: "timestamp", sqlType: "TIMESTAMP" } as const;
  const time = inputs.timeColumn !== undefined;
  const row = kit.builder.objectRef<MeasureRow>(names.aggregate).implement({
    description: "One group of rows and its measures.",
    fields: (t) => ({
      group: t.field({ type: at.types.group, nullable: false, resolve: (parent) => parent.row }),
      ...(time && {
        bucket: t.field({
          type: "DateTime",
          description: "Start of the group's time bucket, in UTC.",
          resolve: (parent) => leafValue(moment, parent.row[rowColumns.bucket], "bucket"),
        }),
        previous: t.field({
          type: measures,
          description: "The same group in the period of `compareTo`; null when it has no rows then.",
          resolve: previousOf,
        }),
      }),
      ...measureFields(t, at),
    }),
  });
  return {
    row,
    having: buildHaving(kit, type),
    orderBy: buildOrder(kit, type, inputs),
    bucket: buildBucket(kit, type, inputs),
  };
}

/** Arguments of every aggregate field. */
export function aggregateArgs(
  arg: ArgBuilder<GraphTypes>,
  types: AggregateTypes,
  inputs: InputTypes,
  comparePeriod: InputRef<unknown>,
) {
  return {
    where: arg({ type: inputs.where, description: "Which rows are aggregated." }),
    groupBy: arg({
      type: [inputs.column],
      description: "One row per combination of their values; without it, one row.",
    }),
    ...(types.bucket !== undefined && {
      bucket: arg({ type: types.bucket, description: "Groups by time as well." }),
      compareTo: arg({ type: comparePeriod, description: "What the field `previous` tells of." }),
    }),
    having: arg({ type: types.having, description: "Which groups are shown." }),
    orderBy: arg({ type: [types.orderBy], description: "By default the bucket, then the columns of `groupBy`." }),
    first: arg.int({ defaultValue: limits.defaultGroups, description: `Groups at most, up to ${limits.maxFirst}.` }),
  };
}

function previousOf({ row }: MeasureRow): MeasureRow | null {
  const count = row[previousColumn(rowCountId)];
  return count === null || count === undefined ? null : { row, prefix: previousColumn("") };
}

function buildBucket({ builder, shared }: TypeKit, { model }: TypeGraph, { timeColumn }: InputTypes) {
  if (timeColumn === undefined) return undefined;
  return builder.inputType(typeNames(model.typeName).bucket, {
    fields: (t) => ({
      column: t.field({ type: timeColumn, required: true }),
      every: t.field({ type: shared.timeBucket, required: true }),
    }),
  }) as InputRef<unknown>;
}

function buildHaving(kit: TypeKit, type: TypeGraph): InputRef<unknown> {
  const names = typeNames(type.model.typeName);
  const filterNames: Readonly<Record<ColumnMeasure, string>> = {
    countDistinct: names.countDistinctHaving,
    sum: names.sumHaving,
    avg: names.averageHaving,
    median: names.averageHaving,
    min: names.extremeHaving,
    max: names.extremeHaving,
  };
  const made = new Map<string, InputRef<unknown>>();
  const filters = measuresOf(type).map((of) => {
    const known = made.get(filterNames[of]) ?? buildMeasureFilter(kit, type, { of, name: filterNames[of] });
    made.set(filterNames[of], known);
    return [of, known] as const;
  });
  const ref = kit.builder.inputRef<Record<string, unknown>>(names.having);
  const count = kit.filters.of(
    { kind: "bigint", sqlType: "BIGINT" },
    { typeName: type.model.typeName, column: "count" },
  );
  ref.implement({
    description: "Conditions on the measures of a group; all entries must hold.",
    fields: (t) => ({
      and: t.field({ type: [ref] }),
      or: t.field({ type: [ref] }),
      not: t.field({ type: ref }),
      ...Object.fromEntries(
        [["count", count] as const, ...filters].map(([of, filter]) => [of, t.field({ type: filter })]),
      ),
    }),
  });
  return ref;
}

function buildMeasureFilter(
  kit: TypeKit,
  type: TypeGraph,
  { of, name }: { of: ColumnMeasure; name: string },
): InputRef<unknown> {
  const { typeName } = type.model;
  const fields = measuredColumns(type, of).map(
    ([field, { column, type: columnType }]) =>
      [field, kit.filters.of(measureType(of, columnType), { typeName, column: column.name })] as const,
  );
  return inputOf(kit.builder, name, fields);
}

function buildOrder({ builder, shared }: TypeKit, type: TypeGraph, inputs: InputTypes): InputRef<unknown> {
  const names = typeNames(type.model.typeName);
  const numeric = measuredColumns(type, "sum").map(([field]) => [field, shared.sortDirection] as const);
  const numericOrder = numeric.length === 0 ? undefined : inputOf(builder, names.numericOrderBy, numeric);
  const { numericColumn } = inputs;
  const ratio =
    numericColumn &&
    builder.inputType(names.ratioOrder, {
      fields: (t) => ({
        of: t.field({ type: numericColumn, required: true }),
        to: t.field({ type: numericColumn, required: true }),
        direction: t.field({ type: shared.sortDirection, required: true }),
      }),
    });
  const byColumn = measuresOf(type).map(
    (of) => [of, isNumericMeasure(of) ? (numericOrder ?? inputs.orderBy) : inputs.orderBy] as const,
  );
  return inputOf<unknown>(
    builder,
    names.aggregateOrderBy,
    [
      ["group", inputs.orderBy],
      ...(inputs.timeColumn === undefined ? [] : [["bucket", shared.sortDirection] as const]),
      ["count", shared.sortDirection],
      ...byColumn,
      ...(ratio === undefined ? [] : [["ratio", ratio as InputRef<unknown>] as const]),
    ],
    "Exactly one entry per object, and one column below it.",
  );
}

function measuresOf(type: TypeGraph): readonly ColumnMeasure[] {
  return columnMeasures.filter((of) => measuredColumns(type, of).length > 0);
}

function measuredColumns(type: TypeGraph, of: ColumnMeasure) {
  const fits = isNumericMeasure(of) ? isNumeric : isScalar;
  return columnsOf(type).filter(([, column]) => fits(column.type));
}

function isNumericMeasure(of: ColumnMeasure): boolean {
  return of === "sum" || of === "avg" || of === "median";
}
