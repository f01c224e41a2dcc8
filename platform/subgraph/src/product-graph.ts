import type { ColumnModel, ProductModel, RelationshipModel } from "@thoth/contract/product-model";
import { camelCase, pascalCase } from "@thoth/kernel/names";
import { type ColumnType, columnType } from "./column-type.ts";
import { subgraphError } from "./errors.ts";

/** A GraphQL type and what its fields stand for. Built from contracts alone. */
export interface TypeGraph {
  readonly model: ProductModel;
  /** False for a product of another domain: only its key is known here, and what refers to it. */
  readonly own: boolean;
  readonly fields: ReadonlyMap<string, FieldMeaning>;
}

export type FieldMeaning = ColumnField | ForwardField | ReverseField;

export interface ColumnField {
  readonly kind: "column";
  readonly column: ColumnModel;
  readonly type: ColumnType;
}

/** From a row to the one it refers to. */
export interface ForwardField {
  readonly kind: "forward";
  readonly from: readonly string[];
  readonly target: ProductModel;
  /** Columns of the target, in the order of `from`. */
  readonly to: readonly string[];
  /** False when the target belongs to another domain: the gateway completes it. */
  readonly own: boolean;
}

/** From a row to those that refer to it, or to their aggregate. */
export interface ReverseField {
  readonly kind: "reverse" | "reverse-aggregate";
  readonly source: ProductModel;
  /** Columns of the source that refer, in the order of `to`. */
  readonly from: readonly string[];
  /** Columns of this type's product. */
  readonly to: readonly string[];
}

/** Types of one domain by name: its products, and the foreign products they refer to. */
export type ProductGraph = ReadonlyMap<string, TypeGraph>;

/**
 * @param foreign products of other domains that a relationship may name
 * @throws MeshError `subgraph/name-taken`, `unknown-product`, `relationship-not-unique`
 */
export function describeGraph(products: readonly ProductModel[], foreign: readonly ProductModel[]): ProductGraph {
  const types = new Map<string, { model: ProductModel; own: boolean; fields: Map<string, FieldMeaning> }>();
  const open = (model: ProductModel, own: boolean) => {
    const known = types.get(model.typeName);
    if (known === undefined) types.set(model.typeName, { model, own, fields: columnFields(model, own) });
    else if (!isSameProduct(known.model, model)) throw taken(model.typeName, known.model.id, model.id);
  };
  for (const model of products) open(model, true);
  for (const model of products) {
    for (const relationship of model.relationships) {
      const { target, own } = targetOf(model, relationship, products, foreign);
      open(target, own);
      const [source, referred] = [types.get(model.typeName), types.get(target.typeName)];
      if (source === undefined || referred === undefined) throw new Error("types are opened before their relations");
      addForward(source, relationship, target, own);
      addReverse(referred, relationship, model);
    }
  }
  return types;
}

export function columnField(type: TypeGraph, field: string): ColumnField {
  const meaning = type.fields.get(field);
  if (meaning?.kind !== "column") throw new Error(`${type.model.typeName}.${field} is no column`);
  return meaning;
}

/** Columns of a type that GraphQL shows here, in the contract's order. */
export function columnsOf(type: TypeGraph): readonly (readonly [field: string, meaning: ColumnField])[] {
  return [...type.fields].flatMap(([field, meaning]) => (meaning.kind === "column" ? [[field, meaning] as const] : []));
}

type OpenType = { readonly model: ProductModel; readonly fields: Map<string, FieldMeaning> };

function columnFields(model: ProductModel, own: boolean): Map<string, FieldMeaning> {
  const fields = new Map<string, FieldMeaning>();
  const reserved = ["and", "or", "not"];
  for (const column of model.columns.filter(({ name }) => own || model.key.includes(name))) {
    const field = camelCase(column.name);
    if (reserved.includes(field))
      throw taken(field, "the word of the filter language", `${model.id} column ${column.name}`);
    add({ model, fields }, field, { kind: "column", column, type: columnType(column) });
  }
  return fields;
}

function targetOf(
  model: ProductModel,
  { fieldName, to }: RelationshipModel,
  products: readonly ProductModel[],
  foreign: readonly ProductModel[],
): { target: ProductModel; own: boolean } {
  const id = `${to.domain}/${to.product}`;
  const relationship = `relationship ${fieldName} of ${model.id}`;
  const isTarget = (product: ProductModel) => isSameProduct(product, { id, major: to.major });
  const own = products.find(isTarget);
  const target = own ?? foreign.find(isTarget);
  if (target === undefined) throw subgraphError["unknown-product"]({ product: `${id} ${to.major}.x`, relationship });
  if (!identifies(target, to.columns, own !== undefined)) {
    throw subgraphError["relationship-not-unique"]({ relationship, columns: to.columns });
  }
  return { target, own: own !== undefined };
}

/** Major versions that are served side by side are products of their own here. */
function isSameProduct(one: Pick<ProductModel, "id" | "major">, other: Pick<ProductModel, "id" | "major">): boolean {
  return one.id === other.id && one.major === other.major;
}

function identifies(target: ProductModel, columns: readonly string[], own: boolean): boolean {
  if (columns.length === target.key.length && target.key.every((name) => columns.includes(name))) return true;
  return own && columns.some((name) => target.columns.some((column) => column.name === name && column.unique));
}

function addForward(source: OpenType, relationship: RelationshipModel, target: ProductModel, own: boolean): void {
  const { fieldName, from, to } = relationship;
  add(source, fieldName, { kind: "forward", from, target, to: to.columns, own });
}

/** The first relationship between two products gives the plain name; further ones say by which field they refer. */
function addReverse(target: OpenType, { fieldName, from, to }: RelationshipModel, source: ProductModel): void {
  const plain = source.fieldName;
  const name = target.fields.has(plain) ? `${plain}By${pascalCase(fieldName)}` : plain;
  add(target, name, { kind: "reverse", source, from, to: to.columns });
  add(target, `${name}Aggregate`, { kind: "reverse-aggregate", source, from, to: to.columns });
}

function add(type: OpenType, field: string, meaning: FieldMeaning): void {
  const known = type.fields.get(field);
  if (known !== undefined) throw taken(`${type.model.typeName}.${field}`, nameOf(known), nameOf(meaning));
  type.fields.set(field, meaning);
}

function nameOf(meaning: FieldMeaning): string {
  if (meaning.kind === "column") return `column ${meaning.column.name}`;
  return meaning.kind === "forward" ? `the reference to ${meaning.target.id}` : `the rows of ${meaning.source.id}`;
}

function taken(name: string, first: string, second: string) {
  return subgraphError["name-taken"]({ name, first, second });
}
