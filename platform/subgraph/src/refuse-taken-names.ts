import { camelCase } from "@thoth/kernel/names";
import { subgraphError } from "./errors.ts";
import { columnsOf, type ProductGraph, type TypeGraph } from "./product-graph.ts";
import { enumTypeName, typeNames } from "./type-names.ts";

/** Names every subgraph uses for itself. */
const reserved = [
  ...["Query", "Mutation", "Subscription", "PageInfo", "SortDirection", "TimeBucket", "ComparePeriod"],
  ...["String", "Int", "Float", "Boolean", "ID", "BigInt", "Decimal", "Date", "DateTime", "Time", "Duration", "JSON"],
];

/** Two products whose types or root fields would have one name. @throws MeshError `subgraph/name-taken` */
export function refuseTakenNames(graph: ProductGraph): void {
  const types = new Map(reserved.map((name) => [name, "the platform"]));
  const fields = new Map<string, string>();
  for (const type of graph.values()) {
    for (const name of typesOf(type)) claim(types, name, type.model.id);
    for (const name of rootFieldsOf(type)) claim(fields, name, type.model.id);
  }
}

function typesOf(type: TypeGraph): string[] {
  const { typeName } = type.model;
  const enums = columnsOf(type)
    .filter(([, meaning]) => (meaning.type.item ?? meaning.type).kind === "enum")
    .map(([, { column }]) => enumTypeName(typeName, column.name));
  return [...Object.values(typeNames(typeName)), ...enums];
}

function rootFieldsOf({ model, own }: TypeGraph): string[] {
  const lookup = `_${camelCase(model.typeName)}ByKeys`;
  return own ? [model.fieldName, `${model.fieldName}ByKey`, `${model.fieldName}Aggregate`, lookup] : [lookup];
}

function claim(owners: Map<string, string>, name: string, owner: string): void {
  const known = owners.get(name);
  if (known !== undefined) throw subgraphError["name-taken"]({ name, first: known, second: owner });
  owners.set(name, owner);
}
