import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Statement } from "./compile-sql.ts";
import type { ProductGraph, TypeGraph } from "./product-graph.ts";
import { type Selection, typenameField } from "./selection.ts";
import { SqlParameters } from "./sql-parameters.ts";
import type { PlanContext } from "./table-access.ts";

/** Why a field is left to the reference executor. */
export class Unplannable extends Error {}

export interface PlanningContext {
  readonly graph: ProductGraph;
  readonly decide: (product: ProductModel) => Decision;
  readonly now: number;
}

/** A statement that yields one JSON text, while it is written. */
export class JsonStatement {
  readonly parameters = new SqlParameters();
  readonly #context: PlanningContext;
  readonly #relations: { readonly name: string; readonly sql: string }[] = [];
  readonly #guards: string[] = [];

  constructor(context: PlanningContext) {
    this.#context = context;
  }

  planContext(match: readonly string[] | null): PlanContext {
    return { decide: this.#context.decide, now: this.#context.now, match };
  }

  /** A type whose rows are in the engine. @throws Unplannable */
  typeOf(typeName: string): TypeGraph {
    const type = this.#context.graph.get(typeName);
    if (type === undefined) throw new Unplannable(`${typeName} is not made from a contract`);
    return type;
  }

  /** Adds to the WITH of the statement; later relations may name earlier ones. @returns its name, quoted */
  relation(sql: string): string {
    const name = quoteIdentifier(`$r${this.#relations.length}`);
    this.#relations.push({ name, sql });
    return name;
  }

  /** The statement fails when the condition is true. */
  refuse(condition: string): void {
    this.#guards.push(condition);
  }

  /** @param select SELECT of one row with the column `json` */
  finish(select: string): Statement {
    const guard = this.#guards.map((condition) => `WHEN ${condition} THEN error('too large') `).join("");
    const body = `SELECT ${guard === "" ? "json" : `CASE ${guard}ELSE json END AS json`} FROM (${select})`;
    const relations = this.#relations.map(({ name, sql }, index) => {
      const later = [...this.#relations.slice(index + 1).map((relation) => relation.sql), body].join(" ");
      return `${name} AS ${isReadOften(name, later) ? "" : "NOT "}MATERIALIZED (${sql})`;
    });
    const sql = relations.length === 0 ? body : `WITH ${relations.join(",\n")}\n${body}`;
    return { sql, params: this.parameters.values };
  }
}

/** What is read once is better not kept: the engine then reads only what is needed. */
function isReadOften(name: string, sql: string): boolean {
  return sql.split(`FROM ${name}`).length + sql.split(`JOIN ${name}`).length > 3;
}

/** The selection as the planners know it. */
export function withoutTypenames(selection: Selection): Selection {
  const children = selection.children.filter(({ field }) => field !== typenameField).map(withoutTypenames);
  return { ...selection, children };
}
