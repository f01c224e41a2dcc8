import type { InputRef } from "@pothos/core";
import type { ColumnType } from "./column-type.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import type { LeafRef, LeafTypes } from "./leaf-types.ts";

type Operand = "value" | "values" | "flag" | "text" | "duration";

const equality = { eq: "value", ne: "value" } as const;
const membership = { in: "values", notIn: "values" } as const;
const range = { gt: "value", gte: "value", lt: "value", lte: "value" } as const;
const texts = { contains: "text", startsWith: "text", endsWith: "text", like: "text", iContains: "text" } as const;
const presence = { isNull: "flag" } as const;

const comparable = { ...equality, ...membership, ...range, ...presence };

const operators: Readonly<Record<ColumnType["kind"], Readonly<Record<string, Operand>>>> = {
  string: { ...comparable, ...texts },
  enum: { ...equality, ...membership, ...presence },
  int: comparable,
  bigint: comparable,
  float: comparable,
  decimal: comparable,
  boolean: { ...equality, ...presence },
  date: { ...comparable, withinLast: "duration" },
  timestamp: { ...comparable, withinLast: "duration" },
  time: comparable,
  json: presence,
  list: { hasAny: "values", hasAll: "values", ...presence },
};

const descriptions: Readonly<Record<string, string>> = {
  ne: "Every row that `eq` leaves out, those without a value among them.",
  notIn: "Every row that `in` leaves out, those without a value among them.",
  in: "One of these; an empty list finds nothing.",
  like: "A pattern: `%` stands for any text, `_` for one character, a backslash makes the next one literal.",
  iContains: "Contains the text, whatever the case of its letters.",
  withinLast: "After now minus this long, and not later than now. For dates, whole days in UTC.",
  hasAny: "Holds at least one of these.",
  hasAll: "Holds all of these.",
};

/** Filter inputs, one per leaf type; made when first asked for, the same in every subgraph. */
export class FilterTypes {
  readonly #builder: GraphBuilder;
  readonly #leaves: LeafTypes;
  readonly #made = new Map<string, InputRef<unknown>>();

  constructor(builder: GraphBuilder, leaves: LeafTypes) {
    this.#builder = builder;
    this.#leaves = leaves;
  }

  of(type: ColumnType, owner: { readonly typeName: string; readonly column: string }): InputRef<unknown> {
    const name = `${this.#leaves.nameOf(type, owner)}${type.kind === "list" ? "List" : ""}Filter`;
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name, type, this.#leaves.item(type, owner));
    this.#made.set(name, made);
    return made;
  }

  #make(name: string, type: ColumnType, leaf: LeafRef): InputRef<unknown> {
    return this.#builder.inputType(name, {
      description:
        "Several operators must all hold. A missing value fulfils none of them, except `ne`, `notIn` and `isNull: true`.",
      fields: (t) => {
        const field = ([operator, operand]: [string, Operand]) => {
          const description = descriptions[operator];
          const options = description === undefined ? {} : { description };
          return [operator, t.field({ type: this.#operand(operand, leaf), ...options })];
        };
        return Object.fromEntries(Object.entries(operators[type.kind]).map(field));
      },
    });
  }

  #operand(operand: Operand, leaf: LeafRef): LeafRef | [LeafRef] {
    switch (operand) {
      case "value":
        return leaf;
      case "values":
        return [leaf];
      case "flag":
        return this.#leaves.scalar("Boolean");
      case "text":
        return this.#leaves.scalar("String");
      case "duration":
        return this.#leaves.scalar("Duration");
      default:
        return operand satisfies never;
    }
  }
}
