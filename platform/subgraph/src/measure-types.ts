import type { OutputRef } from "@pothos/core";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { type ColumnType, isNumeric, isScalar } from "./column-type.ts";
import type { GraphTypes } from "./graph-builder.ts";
import type { InputTypes, TypeKit } from "./input-types.ts";
import { leafValue } from "./leaf-value.ts";
import { measureType, type RatioArguments } from "./measures.ts";
import { type ColumnField, columnsOf, type TypeGraph } from "./product-graph.ts";
import type { ColumnMeasure } from "./query-plan.ts";
import type { Resolvers } from "./resolvers.ts";
import { groupColumn, measureId, ratioId, rowCountId } from "./row-columns.ts";
import { columnDenied } from "./table-access.ts";
import { typeNames } from "./type-names.ts";

/** An aggregate row, or the part of it that tells of the previous period. */
export interface MeasureRow {
  readonly row: SqlRow;
  /** Set for the previous period. */
  readonly prefix: string;
}

/** Measures of one kind: `sum { calls sessions }`. */
interface ColumnMeasures extends MeasureRow {
  readonly of: ColumnMeasure;
}

/** Types of the fields that aggregate rows and their `previous` share. */
export interface MeasureTypes {
  readonly group: OutputRef<SqlRow>;
  readonly byMeasure: ReadonlyMap<ColumnMeasure, OutputRef<ColumnMeasures>>;
}

export function buildMeasureTypes(kit: TypeKit, type: TypeGraph, resolvers: Resolvers): MeasureTypes {
  const names = typeNames(type.model.typeName);
  const scalars = columnsOf(type).filter(([, column]) => isScalar(column.type));
  const numeric = scalars.filter(([, column]) => isNumeric(column.type));
  const build = (name: string, columns: typeof scalars, of: ColumnMeasure, description: string) =>
    buildColumnMeasures(kit, { type, resolvers, name, columns, of, description });
  const countDistinct = build(
    names.countDistinct,
    scalars,
    "countDistinct",
    "Different values, missing ones not counted.",
  );
  const extreme = build(names.extreme, scalars, "min", "Smallest or largest values.");
  const byMeasure = new Map([
    ["countDistinct", countDistinct] as const,
    ["min", extreme] as const,
    ["max", extreme] as const,
  ]);
  if (numeric.length > 0) {
    const average = build(names.average, numeric, "avg", "Means or medians.");
    const sum = build(names.sum, numeric, "sum", "Sums; null where there is nothing to add.");
    return {
      group: buildGroup(kit, type, resolvers),
      byMeasure: new Map([...byMeasure, ["sum", sum], ["avg", average], ["median", average]]),
    };
  }
  return { group: buildGroup(kit, type, resolvers), byMeasure };
}

type FieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, MeasureRow>;

/** `count`, `sum { … }`, `ratio(of, to)` and the others, for aggregate rows and for `previous`. */
export function measureFields(
  t: FieldBuilder,
  at: {
    readonly type: TypeGraph;
    readonly types: MeasureTypes;
    readonly inputs: InputTypes;
    readonly resolvers: Resolvers;
  },
) {
  const columns = [...at.types.byMeasure].map(([of, ref]) => [
    of,
    t.field({ type: ref, resolve: ({ row, prefix }) => ({ row, prefix, of }) }),
  ]);
  const count = t.field({
    type: "BigInt",
    description: "Rows of the group.",
    resolve: ({ row, prefix }) => row[prefix + rowCountId],
  });
  return { count, ...Object.fromEntries(columns), ...ratioField(t, at) };
}

function ratioField(t: FieldBuilder, { type, inputs, resolvers }: Parameters<typeof measureFields>[1]) {
  const { numericColumn } = inputs;
  if (numericColumn === undefined) return {};
  const resolve = resolvers.guard<MeasureRow>(({ row, prefix }, args, { decide }) => {
    const { of, to } = args as unknown as RatioArguments;
    const value = row[prefix + ratioId(of, to)];
    if (value === undefined)
      throw columnDenied(type.model, `${of} or ${to}`, { use: "ratio", decision: decide(type.model) });
    return leafValue({ kind: "float", sqlType: "DOUBLE" }, value, "ratio");
  });
  return {
    ratio: t.float({
      description: "Sum of one column divided by the sum of another; null when that is zero.",
      args: {
        of: t.arg({ type: numericColumn, required: true }),
        to: t.arg({ type: numericColumn, required: true }),
      },
      resolve: (parent, args, context, info) => resolve(parent, args, context, info) as number | null,
    }),
  };
}

interface MeasureTypeSpec {
  readonly type: TypeGraph;
  readonly resolvers: Resolvers;
  readonly name: string;
  readonly columns: readonly (readonly [field: string, meaning: ColumnField])[];
  readonly of: ColumnMeasure;
  readonly description: string;
}

function buildColumnMeasures({ builder, leaves }: TypeKit, spec: MeasureTypeSpec): OutputRef<ColumnMeasures> {
  const { type, resolvers, columns, of, description } = spec;
  const { model } = type;
  return builder.objectRef<ColumnMeasures>(spec.name).implement({
    description,
    fields: (t) =>
      Object.fromEntries(
        columns.map(([field, meaning]) => {
          const { name } = meaning.column;
          const shown: ColumnType = measureType(of, meaning.type);
          const resolve = resolvers.guard<ColumnMeasures>((parent, _args, { decide }) => {
            const value = parent.row[parent.prefix + measureId(parent.of, name)];
            if (value === undefined) throw columnDenied(model, name, { use: parent.of, decision: decide(model) });
            return leafValue(shown, value, name);
          });
          return [field, t.field({ type: leaves.item(shown, { typeName: model.typeName, column: name }), resolve })];
        }),
      ),
  });
}

function buildGroup({ builder, leaves }: TypeKit, type: TypeGraph, resolvers: Resolvers): OutputRef<SqlRow> {
  const { typeName } = type.model;
  return builder.objectRef<SqlRow>(typeNames(typeName).group).implement({
    description: "Values the rows of a group share: those of the columns in `groupBy`, the others null.",
    fields: (t) =>
      Object.fromEntries(
        columnsOf(type)
          .filter(([, column]) => isScalar(column.type))
          .map(([field, { column, type: columnType }]) => {
            const resolve = resolvers.guard<SqlRow>((row) =>
              leafValue(columnType, row[groupColumn(column.name)], column.name),
            );
            return [field, t.field({ type: leaves.item(columnType, { typeName, column: column.name }), resolve })];
          }),
      ),
  });
}
