import { type ColumnType, countType, double, sumType } from "./column-type.ts";
import { columnField, type TypeGraph } from "./product-graph.ts";
import type { ColumnMeasure, Measure } from "./query-plan.ts";
import { measureId, ratioId, rowCountId } from "./row-columns.ts";
import type { Selection } from "./selection.ts";
import type { TableAccess } from "./table-access.ts";
import type { Operand } from "./where.ts";

/** Measures over one column, by the name of their GraphQL field. */
export const columnMeasures: readonly ColumnMeasure[] = ["countDistinct", "sum", "avg", "min", "max", "median"];

export function isColumnMeasure(field: string): field is ColumnMeasure {
  return (columnMeasures as readonly string[]).includes(field);
}

/** Arguments of the field `ratio`, and of ordering by one: column names. */
export interface RatioArguments {
  readonly of: string;
  readonly to: string;
}

/** The measures of one aggregate, each once. Adding one makes its columns part of the statement. */
export class MeasureSet {
  readonly #type: TypeGraph;
  readonly #access: TableAccess;
  readonly #measures = new Map<string, Measure>();

  constructor(type: TypeGraph, access: TableAccess) {
    this.#type = type;
    this.#access = access;
  }

  get measures(): readonly Measure[] {
    return [...this.#measures.values()];
  }

  count(): Operand {
    this.#measures.set(rowCountId, { id: rowCountId, of: "count" });
    return { column: rowCountId, type: countType };
  }

  /** @param field of the column in GraphQL @throws MeshError `access/column-denied` */
  ofColumn(of: ColumnMeasure, field: string, use: string): Operand {
    const column = columnField(this.#type, field).column.name;
    const type = measureType(of, this.#access.requireMeasured(column, of, use));
    const id = measureId(of, column);
    this.#measures.set(id, { id, of, column });
    return { column: id, type };
  }

  ratio({ of, to }: RatioArguments, use: string): Operand {
    const id = ratioId(of, to);
    for (const column of [of, to]) this.#access.requireMeasured(column, "ratio", use);
    this.#measures.set(id, { id, of: "ratio", column: of, to });
    return { column: id, type: double };
  }

  /** What is selected of an aggregate row or of its `previous`; denied columns are left out. */
  select(children: readonly Selection[]): void {
    for (const child of children) {
      if (child.field === "count") this.count();
      else if (child.field === "ratio") this.#selectRatio(child.args as unknown as RatioArguments);
      else if (isColumnMeasure(child.field)) this.#selectColumns(child.field, child.children);
    }
  }

  #selectColumns(of: ColumnMeasure, children: readonly Selection[]): void {
    for (const { field } of children) {
      const column = columnField(this.#type, field).column.name;
      if (this.#access.mayMeasure(column, of)) this.ofColumn(of, field, "the selection");
    }
  }

  #selectRatio(columns: RatioArguments): void {
    const allowed = [columns.of, columns.to].every((column) => this.#access.mayMeasure(column, "ratio"));
    if (allowed) this.ratio(columns, "the selection");
  }
}

export function measureType(of: ColumnMeasure, column: ColumnType): ColumnType {
  switch (of) {
    case "countDistinct":
      return countType;
    case "sum":
      return sumType(column);
    case "avg":
    case "median":
      return double;
    case "min":
    case "max":
      return column;
    default:
      return of satisfies never;
  }
}
