import type { InputRef } from "@pothos/core";
import { constantCase } from "@thoth/kernel/names";
import { isNumeric, isScalar, isTime } from "./column-type.ts";
import type { FilterTypes } from "./filter-types.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { LeafRef, LeafTypes } from "./leaf-types.ts";
import { type ColumnField, columnsOf, type TypeGraph } from "./product-graph.ts";
import { inputOf, type SharedTypes } from "./shared-types.ts";
import { typeNames } from "./type-names.ts";

/** What the types of one product are built with. */
export interface TypeKit {
  readonly builder: GraphBuilder;
  readonly leaves: LeafTypes;
  readonly filters: FilterTypes;
  readonly shared: SharedTypes;
}

export interface InputTypes {
  readonly where: InputRef<unknown>;
  readonly orderBy: InputRef<unknown>;
  readonly key: InputRef<unknown>;
  /** Enum of the columns that can be grouped by. */
  readonly column: LeafRef;
  /** Undefined when no column is a number. */
  readonly numericColumn: LeafRef | undefined;
  readonly timeColumn: LeafRef | undefined;
}

type Columns = readonly (readonly [field: string, meaning: ColumnField])[];

export function buildInputTypes(kit: TypeKit, type: TypeGraph): InputTypes {
  const names = typeNames(type.model.typeName);
  const columns = columnsOf(type);
  const scalars = columns.filter(([, { type: columnType }]) => isScalar(columnType));
  const numeric = columns.filter(([, { type: columnType }]) => isNumeric(columnType));
  const times = columns.filter(([, { type: columnType }]) => isTime(columnType));
  return {
    where: buildWhere(kit, type),
    orderBy: inputOf(
      kit.builder,
      names.orderBy,
      scalars.map(([field]) => [field, kit.shared.sortDirection]),
      "Exactly one column per entry of the list.",
    ),
    key: buildKeyType(kit, type),
    column: columnEnum(kit, names.column, scalars, "Columns that can be grouped by."),
    numericColumn:
      numeric.length === 0 ? undefined : columnEnum(kit, names.numericColumn, numeric, "Columns that are numbers."),
    timeColumn:
      times.length === 0 ? undefined : columnEnum(kit, names.timeColumn, times, "Columns that are dates or moments."),
  };
}

/** The whole primary key as one input, for lookups of many rows. */
export function buildKeyType({ builder, leaves }: TypeKit, { model, fields }: TypeGraph): InputRef<unknown> {
  const keyed = [...fields].flatMap(([field, meaning]) =>
    meaning.kind === "column" && model.key.includes(meaning.column.name) ? [[field, meaning] as const] : [],
  );
  return builder.inputType(typeNames(model.typeName).key, {
    description: `Primary key of ${model.id}.`,
    fields: (t) =>
      Object.fromEntries(
        keyed.map(([field, { column, type }]) => {
          const leaf = leaves.item(type, { typeName: model.typeName, column: column.name });
          return [field, t.field({ type: leaf, required: true })];
        }),
      ),
  });
}

function buildWhere({ builder, filters }: TypeKit, type: TypeGraph): InputRef<unknown> {
  const { typeName } = type.model;
  const ref = builder.inputRef<Record<string, unknown>>(typeNames(typeName).where);
  ref.implement({
    description:
      "All entries must hold. `not` lets through exactly what its content leaves out, rows with missing values included.",
    fields: (t) => ({
      and: t.field({ type: [ref] }),
      or: t.field({ type: [ref] }),
      not: t.field({ type: ref }),
      ...Object.fromEntries(
        columnsOf(type).map(([field, meaning]) => [
          field,
          t.field({ type: filters.of(meaning.type, { typeName, column: meaning.column.name }) }),
        ]),
      ),
    }),
  });
  return ref;
}

/** `UNIT_CODE` stands for the column `unit_code`. */
function columnEnum({ builder }: TypeKit, name: string, columns: Columns, description: string): LeafRef {
  const values = columns.map(([, { column }]) => [constantCase(column.name), { value: column.name }]);
  return builder.enumType(name, { description, values: Object.fromEntries(values) }) as unknown as LeafRef;
}
