import type { Decision } from "@thoth/access/decision";
import type { ProductModel } from "@thoth/contract/product-model";
import { quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Statement } from "./compile-sql.ts";
import { quoteText } from "./json-object.ts";
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

/** SELECT of rows whose column `json` is JSON when put together. */
export interface JsonSelect {
  readonly sql: string;
  /** Whether there may be several rows; their column `piece` tells the order. */
  readonly pieces: boolean;
}

/** A statement whose rows, put together, are the JSON of one field. */
export interface JsonQuery extends Statement {
  /** What it reads, under which decisions. */
  readonly reads: ReadonlyMap<ProductModel, Decision>;
  /** Whether the last row is none of them: a JSON list of the paths at which lists are cut short. */
  readonly tellsTruncations: boolean;
}

/** A statement that yields one JSON text, while it is written. */
export class JsonStatement {
  readonly parameters = new SqlParameters();
  readonly #context: PlanningContext;
  readonly #reads = new Map<ProductModel, Decision>();
  readonly #relations: { readonly name: string; readonly sql: string; readonly kept: boolean }[] = [];
  readonly #guards: string[] = [];
  readonly #truncations: { readonly condition: string; readonly path: string }[] = [];

  constructor(context: PlanningContext) {
    this.#context = context;
  }

  planContext(match: readonly string[] | null): PlanContext {
    return { decide: this.#decide, now: this.#context.now, match };
  }

  readonly #decide = (product: ProductModel): Decision => {
    const decision = this.#context.decide(product);
    this.#reads.set(product, decision);
    return decision;
  };

  /** What was decided about a product that the statement reads. */
  decisionOn(product: ProductModel): Decision {
    return this.#context.decide(product);
  }

  /** A type whose rows are in the engine. @throws Unplannable */
  typeOf(typeName: string): TypeGraph {
    const type = this.#context.graph.get(typeName);
    if (type === undefined) throw new Unplannable(`${typeName} is not made from a contract`);
    return type;
  }

  /**
   * Adds to the WITH of the statement; later relations may name earlier ones.
   * @param kept made whole before it is read, even if it is read once
   * @returns its name, quoted
   */
  relation(sql: string, { kept = false }: { readonly kept?: boolean } = {}): string {
    const name = quoteIdentifier(`$r${this.#relations.length}`);
    this.#relations.push({ name, sql, kept });
    return name;
  }

  /** The statement fails when the condition is true. */
  refuse(condition: string): void {
    this.#guards.push(condition);
  }

  /** When the condition is true, the list at this path has more entries than the answer shows. */
  announce(condition: string, path: string): void {
    this.#truncations.push({ condition, path });
  }

  finish(select: JsonSelect): JsonQuery {
    const guard = this.#guards.map((condition) => `WHEN ${condition} THEN error('too large') `).join("");
    // Bytes go from the engine to the socket as they are; a text would be decoded and encoded again.
    const json = guard === "" ? "encode(json)" : `encode(CASE ${guard}ELSE json END)`;
    const { sql: rows, pieces } = this.#withTruncations(select);
    const body = `SELECT ${json} AS json FROM (${rows})${pieces ? " ORDER BY piece" : ""}`;
    const relations = this.#relations.map(({ name, sql, kept }, index) => {
      const later = [...this.#relations.slice(index + 1).map((relation) => relation.sql), body].join(" ");
      return `${name} AS ${kept || isReadOften(name, later) ? "" : "NOT "}MATERIALIZED (${sql})`;
    });
    const sql = relations.length === 0 ? body : `WITH ${relations.join(",\n")}\n${body}`;
    const tellsTruncations = this.#truncations.length > 0;
    return { sql, params: this.parameters.values, reads: this.#reads, tellsTruncations };
  }

  #withTruncations({ sql, pieces }: JsonSelect): JsonSelect {
    if (this.#truncations.length === 0) return { sql, pieces };
    const paths = this.#truncations.map(({ condition, path }) => `CASE WHEN ${condition} THEN ${quoteText(path)} END`);
    const told = `to_json(list_filter([${paths.join(", ")}], lambda path: path IS NOT NULL))`;
    const last = `SELECT 2147483647 AS piece, CAST(${told} AS VARCHAR) AS json`;
    return { sql: `SELECT ${pieces ? "piece" : "0 AS piece"}, json FROM (${sql}) UNION ALL ${last}`, pieces: true };
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
