import type { InputRef } from "@pothos/core";
import { camelCase } from "@thoth/kernel/names";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { aggregateArgs } from "./aggregate-type.ts";
import { deprecationOf } from "./column-description.ts";
import { connectionArgs } from "./connection-type.ts";
import type { TypeKit } from "./input-types.ts";
import type { Page } from "./page.ts";
import { columnsOf, type TypeGraph } from "./product-graph.ts";
import type { Resolvers } from "./resolvers.ts";
import { measureRows, type ProductTypes, type RowRef } from "./row-type.ts";

interface RootParts {
  readonly kit: TypeKit;
  readonly resolvers: Resolvers;
  readonly row: RowRef;
}

/** `units`, `unitsByKey`, `unitsAggregate` */
export function addProductFields(type: TypeGraph, types: ProductTypes, { kit, resolvers, row }: RootParts): void {
  const { model } = type;
  const page = resolvers.page(type);
  kit.builder.queryField(model.fieldName, (t) =>
    t.field({
      type: types.connection,
      description: model.title,
      ...deprecationOf(model),
      args: connectionArgs(t.arg, types.inputs),
      resolve: (...at) => page(...at) as Promise<Page>,
    }),
  );
  const aggregate = resolvers.aggregate(type);
  kit.builder.queryField(`${model.fieldName}Aggregate`, (t) =>
    t.field({
      type: [types.aggregate.row],
      description: `${model.title}, grouped and measured.`,
      ...deprecationOf(model),
      args: aggregateArgs(t.arg, types.aggregate, types.inputs, kit.shared.comparePeriod),
      resolve: async (...at) => measureRows((await aggregate(...at)) as readonly SqlRow[] | null),
    }),
  );
  addByKey(type, { kit, resolvers, row });
}

/** `unitsByKey(code: …)` */
function addByKey(type: TypeGraph, { kit, resolvers, row }: RootParts): void {
  const keyed = keyColumns(type);
  const { typeName } = type.model;
  const resolve = resolvers.guard<unknown>(async (_, args, context, info) => {
    const [found] = await resolvers.byKeys(type, [valuesOf(type, args)], { context, info });
    return found ?? null;
  });
  kit.builder.queryField(`${type.model.fieldName}ByKey`, (t) =>
    t.field({
      type: row,
      description: `The row of ${type.model.id} with this primary key.`,
      ...deprecationOf(type.model),
      args: Object.fromEntries(
        keyed.map(([field, { column, type: columnType }]) => {
          const leaf = kit.leaves.item(columnType, { typeName, column: column.name });
          return [field, t.arg({ type: leaf, required: true })];
        }),
      ),
      resolve: (...at) => resolve(...at) as Promise<SqlRow | null>,
    }),
  );
}

/** `_unitByKeys(keys)`: how the gateway gets many rows at once; for foreign products the keys themselves. */
export function addKeyLookup(type: TypeGraph, key: InputRef<unknown>, { kit, resolvers, row }: RootParts): void {
  const resolve = resolvers.guard<unknown>(async (_, args, context, info) => {
    const keys = (args.keys as readonly Readonly<Record<string, unknown>>[]).map((value) => valuesOf(type, value));
    if (type.own) return resolvers.byKeys(type, keys, { context, info });
    return keys.map((read) => Object.fromEntries(type.model.key.map((column) => [column, read(column)])));
  });
  kit.builder.queryField(`_${camelCase(type.model.typeName)}ByKeys`, (t) =>
    t.field({
      type: [row],
      description: "For the gateway, which merges types of several domains by their key.",
      nullable: { list: true, items: true },
      directives: { merge: { keyArg: "keys" } },
      args: { keys: t.arg({ type: [key], required: true }) },
      resolve: (...at) => resolve(...at) as Promise<(SqlRow | null)[]>,
    }),
  );
}

function keyColumns(type: TypeGraph) {
  return columnsOf(type).filter(([, { column }]) => type.model.key.includes(column.name));
}

/** Column → value, from arguments that are named as in GraphQL. */
function valuesOf(type: TypeGraph, args: Readonly<Record<string, unknown>>): (column: string) => unknown {
  const values = new Map(keyColumns(type).map(([field, { column }]) => [column.name, args[field]]));
  return (column) => values.get(column);
}
