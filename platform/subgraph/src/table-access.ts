import type { Decision } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import { columnAccess, securedSource } from "@thoth/access/secure-select";
import type { ColumnModel, ProductModel } from "@thoth/contract/product-model";
import { finiteSchema } from "@thoth/warehouse/finite-view";
import { qualifiedName } from "@thoth/warehouse/sql-text";
import { type ColumnType, columnType } from "./column-type.ts";
import type { Measure, ReadColumn, TableReference } from "./query-plan.ts";

/** What a plan needs to know about who asks, and when. */
export interface PlanContext {
  readonly decide: (product: ProductModel) => Decision;
  /** Epoch ms. */
  readonly now: number;
  /** Columns that must equal the keys of parent rows, which are given when the plan is carried out; null without parents. */
  readonly match: readonly string[] | null;
}

/** What a plan makes of a product's rows. */
export type TableUse = "rows" | "aggregate";

/** One product under one decision. Collects the columns a statement names, so that it reads no others. */
export class TableAccess {
  readonly model: ProductModel;
  readonly decision: Decision;
  readonly #read = new Set<string>();

  /** @throws MeshError `access/product-denied`, `access/aggregates-only` */
  constructor(model: ProductModel, decision: Decision, use: TableUse) {
    this.model = model;
    this.decision = decision;
    const { readable, grouping, minGroupSize } = decision;
    const product = model.id;
    if (!readable || (grouping === null && !model.key.every((name) => this.#tellsApart(name))))
      throw accessError["product-denied"]({ product, reasons: decision.reasons, advice: decision.advice });
    if (grouping !== null && use === "rows")
      throw accessError["aggregates-only"]({
        product,
        dimensions: grouping.dimensions.filter((name) => this.may(name)),
        people: minGroupSize,
      });
  }

  may(column: string): boolean {
    const access = columnAccess(this.decision, column);
    return access === "clear" || access === "masked";
  }

  /** Whether a measure over the column may be shown. */
  mayMeasure(column: string, measure: Measure["of"]): boolean {
    const isSummed = measure === "sum" || measure === "avg" || measure === "ratio";
    return this.may(column) || (isSummed && columnAccess(this.decision, column) === "aggregated");
  }

  /**
   * Makes the column part of the statement.
   * @param use what for, in the reader's terms: `where`, `orderBy`
   * @throws MeshError `access/column-denied`
   */
  require(column: string, use: string): ColumnType {
    if (!this.may(column)) throw columnDenied(this.model, column, { use, decision: this.decision });
    return this.#reading(column);
  }

  /** The same for a column that is measured. @throws MeshError `access/column-denied` */
  requireMeasured(column: string, measure: Measure["of"], use: string): ColumnType {
    if (!this.mayMeasure(column, measure)) throw columnDenied(this.model, column, { use, decision: this.decision });
    return this.#reading(column);
  }

  /** The innermost FROM, with the columns required so far in the contract's order. */
  reference(): TableReference {
    const { catalogName, tableName } = this.model;
    const columns = this.model.columns.filter(({ name }) => this.#read.has(name));
    const stored = [catalogName, "product", tableName] as const;
    // What the decision says is about what is stored.
    const from = qualifiedName(...stored);
    // Plans put all rows and groups in an order of what is shown.
    const secured = securedSource(this.decision, { from, columns, order: null });
    const isPlain = secured === from;
    const schema = isPlain ? finiteSchema : "product";
    return {
      name: isPlain ? [catalogName, finiteSchema, tableName] : stored,
      columns: columns.map((column) => readColumn(column, schema)),
      secured: isPlain ? null : secured,
    };
  }

  #reading(column: string): ColumnType {
    this.#read.add(column);
    return columnType(columnNamed(this.model, column));
  }

  /** Rows are told apart by a key that is shown as it is, or as hashes that differ where it differs. */
  #tellsApart(column: string): boolean {
    const access = columnAccess(this.decision, column);
    return access === "clear" || (access === "masked" && this.decision.masks[column]?.kind === "hash");
  }
}

function readColumn(column: ColumnModel, schema: string): ReadColumn {
  const type = columnType(column);
  return { name: column.name, sqlType: type.sqlType, as: readAs(type, schema) };
}

/** What a column may not be used for, in the reader's terms, and what was decided about its product, where that is at hand. */
export interface ColumnUse {
  readonly use: string;
  readonly decision?: Pick<Decision, "advice">;
}

export function columnDenied(model: ProductModel, column: string, { use, decision }: ColumnUse) {
  return accessError["column-denied"]({ product: model.id, column, use, advice: decision?.advice });
}

export function columnNamed(model: ProductModel, name: string): ColumnModel {
  const column = model.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`${model.id} has no column ${name}`);
  return column;
}

function readAs(type: ColumnType, schema: string): ReadColumn["as"] {
  if (type.kind === "float" && schema !== finiteSchema) return "finite";
  return type.asText === true ? "text" : "stored";
}
