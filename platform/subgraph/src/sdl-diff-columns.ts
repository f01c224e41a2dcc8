import { type MatchedList, matchLists } from "@thoth/contract/diff/match-lists";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { camelCase, constantCase } from "@thoth/kernel/names";
import { type GraphQLField, type GraphQLSchema, isObjectType } from "graphql";
import { enumTypeName, typeNames } from "./type-names.ts";

/** One side of a comparison. */
export interface ServedSide {
  readonly model: ProductModel;
  readonly schema: GraphQLSchema;
}

export type Field = GraphQLField<unknown, unknown>;

/** The column that a difference of contracts is about; undefined for what is nested deeper, and for the whole product. */
export function columnOf(path: string): string | undefined {
  return /^\/schema\[name=[^\]]*\]\/properties\[name=([^\]]*)\](?!\/(?:properties|items|map)\b)/.exec(path)?.[1];
}

/** The field of the product's rows that serves a column. */
export function fieldOf({ model, schema }: ServedSide, column: string): Field | undefined {
  const row = schema.getType(model.typeName);
  return isObjectType(row) ? row.getFields()[camelCase(column)] : undefined;
}

/** Columns that are the same on both sides, by id, then by name. */
export function columnPairs(before: ProductModel, after: ProductModel): MatchedList<ColumnModel>["pairs"] {
  return matchLists(before.columns, after.columns, [({ id }) => id, ({ name }) => name]).pairs;
}

/** Columns that a place of the schema speaks of: `Unit.code`, `Unit.room` by `room_code`, `UnitColumn.CODE`, `UnitLevel.FIRST`. */
export function columnsAt(coordinate: string, model: ProductModel): ColumnModel[] {
  const [owner = "", member = ""] = coordinate.split(/[.(]/);
  const names: readonly string[] = Object.values(typeNames(model.typeName));
  const speaksOf = ({ name }: ColumnModel) =>
    owner === enumTypeName(model.typeName, name) ||
    (names.includes(owner) && (member === camelCase(name) || member === constantCase(name)));
  const refers = model.relationships.filter(({ fieldName }) => owner === model.typeName && member === fieldName);
  const referring = new Set(refers.flatMap(({ from }) => from));
  return model.columns.filter((column) => referring.has(column.name) || speaksOf(column));
}
