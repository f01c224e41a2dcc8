import type { SqlValue } from "@thoth/warehouse/query-engine";
import type { BoundList, BoundValue } from "./query-plan.ts";

/** Collects what a statement binds. Every method returns the SQL that stands for the value; the value never enters the text. */
export class SqlParameters {
  readonly #values: SqlValue[] = [];

  get values(): readonly SqlValue[] {
    return this.#values;
  }

  value({ sqlType, value }: BoundValue): string {
    return `CAST(${this.#bind(value)} AS ${sqlType})`;
  }

  list({ sqlType, values }: BoundList): string {
    const list = `CAST(${this.#bind(values)} AS VARCHAR[])`;
    return sqlType === "VARCHAR" ? list : `CAST(${list} AS ${sqlType}[])`;
  }

  text(value: string): string {
    return `CAST(${this.#bind(value)} AS VARCHAR)`;
  }

  ordinals(count: number): string {
    return `CAST(${this.#bind(Array.from({ length: count }, (_, index) => index))} AS INTEGER[])`;
  }

  #bind(value: SqlValue): string {
    this.#values.push(value);
    return `$${this.#values.length}`;
  }
}
