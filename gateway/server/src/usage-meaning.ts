import type { ProductModel } from "@thoth/contract/product-model";
import { camelCase, constantCase } from "@thoth/kernel/names";
import { combineGraph } from "@thoth/subgraph/combined-graph";
import type { FieldMeaning, TypeGraph } from "@thoth/subgraph/product-graph";
import type { Subgraph } from "@thoth/subgraph/subgraph";
import { typeNames } from "@thoth/subgraph/type-names";
import { isObjectType } from "graphql";

/** A part of a product that a word of an operation stands for. */
export interface ReadPart {
  readonly model: ProductModel;
  /** Empty: the product itself. */
  readonly columns: readonly string[];
}

/** What the words of operations read. Everything else, such as discovery, reads no product. */
export interface UsageMeaning {
  /** Output type → the product it tells of. */
  readonly types: ReadonlyMap<string, ProductModel>;
  /** Output type → field → what it reads besides the product of its own type. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, readonly ReadPart[]>>;
  /** Input type or enum → entry or value → the column it names. */
  readonly inputs: ReadonlyMap<string, ReadonlyMap<string, ReadPart>>;
}

/** @param subgraphs all domains, also those that other processes serve; or one alone, with what it leads to */
export function describeUsage(subgraphs: readonly Subgraph[]): UsageMeaning {
  const products = subgraphs.flatMap((subgraph) => subgraph.products);
  const served = new Set(products.map(({ id, major }) => `${id}@${major}`));
  const elsewhere = subgraphs.flatMap(({ foreign = [] }) => foreign);
  const foreign = elsewhere.filter(({ id, major }) => !served.has(`${id}@${major}`));
  const graph = [...combineGraph(products, foreign).values()];
  return {
    types: new Map(graph.flatMap(({ model }) => outputTypes(model).map((name) => [name, model]))),
    fields: new Map([
      ["Query", new Map(products.map((model) => [`${model.fieldName}ByKey`, [{ model, columns: model.key }]]))],
      ...graph.flatMap((type) => fieldsOf(type, extensionsOf(type.model, subgraphs))),
    ]),
    inputs: new Map(graph.flatMap(({ model }) => inputsOf(model))),
  };
}

type Fields = ReadonlyMap<string, readonly ReadPart[]>;

function outputTypes({ typeName }: ProductModel): string[] {
  const names = typeNames(typeName);
  return [names.row, names.connection, names.edge, names.aggregate, names.measures, ...columnOutputs(typeName)];
}

function columnOutputs(typeName: string): string[] {
  const { group, countDistinct, sum, average, extreme } = typeNames(typeName);
  return [group, countDistinct, sum, average, extreme];
}

function fieldsOf({ model, fields }: TypeGraph, extensions: Fields): (readonly [string, Fields])[] {
  const names = typeNames(model.typeName);
  const columns = columnParts(model, camelCase);
  const own = [...fields].map(([field, meaning]) => [field, partsOf(model, meaning)] as const);
  const lists = new Map([...columns].map(([field, part]) => [field, [part]]));
  // The key puts the rows of a page in an order, and their cursors between them.
  const key = [{ model, columns: model.key }];
  const page = new Map(["nodes", "edges", "pageInfo"].map((field) => [field, key]));
  return [
    [names.row, new Map([...own, ...extensions])],
    [names.connection, page],
    ...columnOutputs(model.typeName).map((name) => [name, lists] as const),
  ];
}

function partsOf(model: ProductModel, meaning: FieldMeaning): ReadPart[] {
  switch (meaning.kind) {
    case "column":
      return [{ model, columns: [meaning.column.name] }];
    case "forward":
      return [
        { model, columns: meaning.from },
        { model: meaning.target, columns: meaning.to },
      ];
    default:
      return [
        { model, columns: meaning.to },
        { model: meaning.source, columns: meaning.from },
      ];
  }
}

/** Fields that a product's `graph.ts` adds say which columns they need. */
function extensionsOf(model: ProductModel, subgraphs: readonly Subgraph[]): Fields {
  const type = subgraphs.find(({ domain }) => domain === model.domain)?.schema.getType(model.typeName);
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  return new Map(
    fields.flatMap(({ name, extensions }) => {
      const columns = extensions.columns as readonly string[] | undefined;
      return columns === undefined ? [] : [[name, [{ model, columns }]]];
    }),
  );
}

function inputsOf(model: ProductModel): (readonly [string, ReadonlyMap<string, ReadPart>])[] {
  const names = typeNames(model.typeName);
  const fields = columnParts(model, camelCase);
  const values = columnParts(model, constantCase);
  const { where, orderBy, numericOrderBy, countDistinctHaving, sumHaving, averageHaving, extremeHaving } = names;
  return [
    ...[where, orderBy, numericOrderBy, countDistinctHaving, sumHaving, averageHaving, extremeHaving].map(
      (name) => [name, fields] as const,
    ),
    ...[names.column, names.numericColumn, names.timeColumn].map((name) => [name, values] as const),
  ];
}

function columnParts(model: ProductModel, nameOf: (column: string) => string): ReadonlyMap<string, ReadPart> {
  return new Map(model.columns.map(({ name }) => [nameOf(name), { model, columns: [name] }]));
}
