import type { ColumnAccess, Decision } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { finiteSchema } from "@thoth/warehouse/finite-view";
import { type ColumnType, columnType } from "./column-type.ts";
import type { ReadColumn, TableReference } from "./query-plan.ts";

/** What a plan needs to know about who asks, and when. */
export interface PlanContext {
  readonly decide: (product: ProductModel) => Decision;
  /** Epoch ms. */
  readonly now: number;
  /** Columns that must equal the keys of parent rows, which are given when the plan is carried out; null without parents. */
  readonly match: readonly string[] | null;
}

/** One product under one decision. Collects the columns a statement names, so that it reads no others. */
export class TableAccess {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly #read = new Set<string>();

  /** @throws MeshError `access/product-denied` */
  constructor(model: ProductModel, decision: Decision) {
    const hiddenKey = model.key.find((name) => access(decision, name) !== "clear");
    if (!decision.readable || hiddenKey !== undefined) throw accessError["product-denied"]({ product: model.id });
    this.model = model;
    this.decision = decision;
  }

  may(column: string): boolean {
    return access(this.decision, column) !== "denied";
  }

  /**
   * Makes the column part of the statement.
   * @param use what for, in the reader's terms: `where`, `orderBy`
   * @throws MeshError `access/column-denied`
   */
  require(column: string, use: string): ColumnType {
    if (!this.may(column)) throw columnDenied(this.model, column, use);
    this.#read.add(column);
    return columnType(columnNamed(this.model, column));
  }

  /** The innermost FROM, with the columns required so far in the contract's order. */
  reference(): TableReference {
    const { catalogName, tableName, columns } = this.model;
    const { rowFilter } = this.decision;
    // A row filter is about what is stored.
    const schema = rowFilter === null ? finiteSchema : "product";
    return {
      name: [catalogName, schema, tableName],
      columns: columns.filter(({ name }) => this.#read.has(name)).map((column) => this.#readColumn(column, schema)),
      rowFilter,
    };
  }

  #readColumn(column: ColumnModel, schema: string): ReadColumn {
    const type = columnType(column);
    const as = access(this.decision, column.name) === "masked" ? "masked" : readAs(type, schema);
    return { name: column.name, sqlType: type.sqlType, as };
  }
}

export function columnDenied(model: ProductModel, column: string, use: string) {
  return accessError["column-denied"]({ product: model.id, column, use });
}

export function columnNamed(model: ProductModel, name: string): ColumnModel {
  const column = model.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`${model.id} has no column ${name}`);
  return column;
}

/** A column the decision does not list is denied. */
function access(decision: Decision, column: string): ColumnAccess {
  return Object.hasOwn(decision.columns, column) ? (decision.columns[column] ?? "denied") : "denied";
}

function readAs(type: ColumnType, schema: string): ReadColumn["as"] {
  if (type.kind === "float" && schema !== finiteSchema) return "finite";
  return type.asText === true ? "text" : "stored";
}
