import type { InputRef, OutputRef } from "@pothos/core";
import type { ColumnType } from "./column-type.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { enumTypeName, enumValueNames } from "./type-names.ts";

/** A scalar or enum: the same type going in and coming out. */
export type LeafRef = OutputRef<unknown> & InputRef<unknown>;

/** GraphQL type of a column: a leaf, or a list of one. */
export type LeafParam = LeafRef | [LeafRef];

type ScalarKind = Exclude<ColumnType["kind"], "enum" | "list">;

const scalarNames = {
  string: "String",
  int: "Int",
  bigint: "BigInt",
  float: "Float",
  decimal: "Decimal",
  boolean: "Boolean",
  date: "Date",
  timestamp: "DateTime",
  time: "Time",
  json: "JSON",
} as const satisfies Record<ScalarKind, string>;

export type LeafName = (typeof scalarNames)[ScalarKind] | "Duration";

/** The leaf types of one schema. Enums are made when first asked for. */
export class LeafTypes {
  readonly #builder: GraphBuilder;
  readonly #enums = new Map<string, LeafRef>();

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  /** Scalars are referred to by name, which Pothos accepts wherever it accepts a reference. */
  scalar(name: LeafName): LeafRef {
    return name as unknown as LeafRef;
  }

  /** Name of the GraphQL type of a column's values. */
  nameOf(type: ColumnType, owner: { readonly typeName: string; readonly column: string }): string {
    if (type.kind === "list") return type.item === undefined ? "JSON" : this.nameOf(type.item, owner);
    return type.kind === "enum" ? enumTypeName(owner.typeName, owner.column) : scalarNames[type.kind];
  }

  of(type: ColumnType, owner: { readonly typeName: string; readonly column: string }): LeafParam {
    if (type.kind === "list") return [this.item(type, owner)];
    return this.item(type, owner);
  }

  /** Of a list, its elements' type. */
  item(type: ColumnType, owner: { readonly typeName: string; readonly column: string }): LeafRef {
    if (type.kind === "list") return type.item === undefined ? this.scalar("JSON") : this.item(type.item, owner);
    return type.kind === "enum" ? this.#enum(type, owner) : this.scalar(scalarNames[type.kind]);
  }

  #enum(type: ColumnType, { typeName, column }: { readonly typeName: string; readonly column: string }): LeafRef {
    const name = enumTypeName(typeName, column);
    const known = this.#enums.get(name);
    if (known !== undefined) return known;
    const values = [...enumValueNames(type.values ?? [])].map(([value, valueName]) => [
      valueName,
      { value, description: `\`${value}\`` },
    ]);
    const ref = this.#builder.enumType(name, {
      description: `Values of \`${column}\`.`,
      values: Object.fromEntries(values),
    }) as unknown as LeafRef;
    this.#enums.set(name, ref);
    return ref;
  }
}
