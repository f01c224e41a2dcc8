import type { SqlRow } from "@thoth/warehouse/query-engine";
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema, isObjectType } from "graphql";
import type { ProductGraph, TypeGraph } from "./product-graph.ts";
import type { Resolvers } from "./resolvers.ts";
import { columnDenied } from "./table-access.ts";

/**
 * Fields that a product's `graph.ts` added get what the built ones have: errors readers can use, and no value computed
 * from a column that was not read.
 */
export function guardExtensionFields(schema: GraphQLSchema, graph: ProductGraph, resolvers: Resolvers): void {
  for (const [name, type] of graph) {
    const object = schema.getType(name);
    if (!isObjectType(object)) throw new Error(`${name} is no object type`);
    for (const field of Object.values(object.getFields())) {
      if (!type.fields.has(field.name)) guardField(field, type, resolvers);
    }
  }
}

function guardField(field: GraphQLField<SqlRow, unknown>, type: TypeGraph, resolvers: Resolvers): void {
  const needed = (field.extensions.columns as readonly string[] | undefined) ?? [];
  const resolve = field.resolve ?? defaultFieldResolver;
  const guarded = resolvers.guard<SqlRow>((row, args, context, info) => {
    const missing = needed.find((column) => row[column] === undefined);
    if (missing !== undefined) {
      const decision = context.decide(type.model);
      throw columnDenied(type.model, missing, { use: field.name, decision });
    }
    return resolve(row, args, context, info);
  });
  field.resolve = guarded as NonNullable<typeof field.resolve>;
}
