import type { OutputRef } from "@pothos/core";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import { type AggregateTypes, aggregateArgs } from "./aggregate-type.ts";
import { deprecationOf, describeColumn, describeProduct } from "./column-description.ts";
import { connectionArgs } from "./connection-type.ts";
import type { GraphTypes } from "./graph-builder.ts";
import type { InputTypes, TypeKit } from "./input-types.ts";
import { leafValue } from "./leaf-value.ts";
import type { MeasureRow } from "./measure-types.ts";
import type { Page } from "./page.ts";
import { type ColumnField, columnsOf, type ForwardField, type ReverseField, type TypeGraph } from "./product-graph.ts";
import type { Resolve } from "./resolver-errors.ts";
import type { Resolvers } from "./resolvers.ts";
import { columnDenied } from "./table-access.ts";

/** The GraphQL types of one of the domain's products. */
export interface ProductTypes {
  readonly inputs: InputTypes;
  readonly aggregate: AggregateTypes;
  readonly connection: OutputRef<Page>;
}

export type RowRef = PothosSchemaTypes.ImplementableObjectRef<GraphTypes, SqlRow>;

interface RowTypeParts {
  readonly kit: TypeKit;
  readonly resolvers: Resolvers;
  /** Type name → its row type; all of the subgraph's. */
  readonly rows: ReadonlyMap<string, RowRef>;
  /** Type name → its other types; of the domain's own products. */
  readonly products: ReadonlyMap<string, ProductTypes>;
}

type FieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<GraphTypes, SqlRow>;

/** A product's rows: their columns, the rows they refer to and those that refer to them. Of a foreign product, only its key. */
export function implementRow(ref: RowRef, type: TypeGraph, parts: RowTypeParts): void {
  const { model, own } = type;
  const keyFields = columnsOf(type).filter(([, { column }]) => model.key.includes(column.name));
  const selectionSet = `{ ${keyFields.map(([field]) => field).join(" ")} }`;
  ref.implement({
    description: own ? describeProduct(model) : `Key of ${model.id}; the gateway adds what its own domain knows of it.`,
    directives: { key: { selectionSet }, ...(own && { canonical: {} }) },
    fields: (t) =>
      Object.fromEntries(
        [...type.fields].map(([field, meaning]) => {
          if (meaning.kind === "column") return [field, columnFieldRef(t, type, { meaning, parts })];
          if (meaning.kind === "forward") return [field, forwardRef(t, type, { meaning, parts })];
          return [field, reverseRef(t, type, { meaning, parts })];
        }),
      ),
  });
}

function columnFieldRef(
  t: FieldBuilder,
  { model }: TypeGraph,
  { meaning, parts }: { readonly meaning: ColumnField; readonly parts: RowTypeParts },
) {
  const { column, type } = meaning;
  const leaf = parts.kit.leaves.item(type, { typeName: model.typeName, column: column.name });
  const denied = parts.resolvers.guard<SqlRow>((_row, _args, { decide }) => {
    throw columnDenied(model, column.name, { use: "the selection", decision: decide(model) });
  });
  const shown = parts.resolvers.guard<SqlRow>((row) => leafValue(type, row[column.name], column.name));
  const resolve: Resolve<SqlRow> = (row, ...rest) => (row[column.name] === undefined ? denied : shown)(row, ...rest);
  const options = {
    description: describeColumn(column),
    ...(column.deprecated !== undefined && { deprecationReason: column.deprecated }),
  };
  const required = model.key.includes(column.name);
  if (type.kind === "list") {
    return t.field({
      ...options,
      type: [leaf],
      nullable: { list: true, items: true },
      resolve: (...at) => resolve(...at) as unknown[],
    });
  }
  return t.field({ ...options, type: leaf, nullable: !required, resolve: (...at) => resolve(...at) });
}

function forwardRef(
  t: FieldBuilder,
  type: TypeGraph,
  { meaning, parts }: { readonly meaning: ForwardField; readonly parts: RowTypeParts },
) {
  const target = rowOf(parts, meaning.target.typeName);
  const description = `The row of ${meaning.target.id} that ${meaning.from.join(", ")} refers to.`;
  const resolve = meaning.own ? parts.resolvers.forward(type, meaning) : keyOnly(type, meaning, parts.resolvers);
  return t.field({ type: target, description, resolve: (...at) => resolve(...at) as SqlRow | null });
}

/** Only the key: the gateway asks the other domain for the rest. */
function keyOnly(type: TypeGraph, { from, to }: ForwardField, resolvers: Resolvers): Resolve<SqlRow> {
  return resolvers.guard((row) => {
    const missing = from.find((column) => row[column] === undefined);
    if (missing !== undefined) throw columnDenied(type.model, missing, { use: "a relationship" });
    if (from.some((column) => row[column] === null)) return null;
    return Object.fromEntries(to.map((column, part) => [column, row[from[part] ?? ""]]));
  });
}

function reverseRef(
  t: FieldBuilder,
  type: TypeGraph,
  { meaning, parts }: { readonly meaning: ReverseField; readonly parts: RowTypeParts },
) {
  const { connection, inputs, aggregate } = productOf(parts, meaning.source.typeName);
  const rows = `rows of ${meaning.source.id} whose ${meaning.from.join(", ")} refers to this one`;
  if (meaning.kind === "reverse") {
    const resolve = parts.resolvers.reversePage(type, meaning);
    return t.field({
      type: connection,
      description: `The ${rows}.`,
      ...deprecationOf(meaning.source),
      args: connectionArgs(t.arg, inputs),
      resolve: (...at) => resolve(...at) as Promise<Page>,
    });
  }
  const resolve = parts.resolvers.reverseAggregate(type, meaning);
  return t.field({
    type: [aggregate.row],
    description: `Groups of the ${rows}.`,
    ...deprecationOf(meaning.source),
    args: aggregateArgs(t.arg, aggregate, inputs, parts.kit.shared.comparePeriod),
    resolve: async (...at) => measureRows((await resolve(...at)) as readonly SqlRow[] | null),
  });
}

export function measureRows(rows: readonly SqlRow[] | null): MeasureRow[] | null {
  return rows?.map((row) => ({ row, prefix: "" })) ?? null;
}

function rowOf({ rows }: RowTypeParts, typeName: string): RowRef {
  const ref = rows.get(typeName);
  if (ref === undefined) throw new Error(`no row type ${typeName}`);
  return ref;
}

function productOf({ products }: RowTypeParts, typeName: string): ProductTypes {
  const types = products.get(typeName);
  if (types === undefined) throw new Error(`no product types ${typeName}`);
  return types;
}
