import { createRawTable } from "@thoth/ingest/raw-table";
import { snakeCase } from "@thoth/kernel/names";
import { declarePseudonym } from "@thoth/warehouse/pseudonym";
import type { QueryEngine } from "@thoth/warehouse/query-engine";
import { openScratchEngine } from "@thoth/warehouse/scratch-engine";
import { qualifiedName, quoteIdentifier } from "@thoth/warehouse/sql-text";
import type { Domain } from "./domain.ts";

/**
 * An engine that holds the tables of all domains without their rows, so that it can say what the names in a query
 * mean. Every domain is a database of its own, as for readers.
 */
export interface LineageEngine extends AsyncDisposable {
  readonly engine: QueryEngine;
  /** Makes the tables of a domain the ones that `raw.…` and `clean.…` mean. */
  enter(domain: string): Promise<void>;
  /** Adds a table of the domain that was entered. */
  define(schema: "clean" | "product", table: string, columns: readonly DefinedColumn[]): Promise<void>;
}

export interface DefinedColumn {
  readonly name: string;
  /** As the engine spells it. */
  readonly type: string;
}

/** Raw tables stand as their streams declare them; the others come with `define`, in the order of the jobs. */
export async function openLineageEngine(domains: readonly Domain[]): Promise<LineageEngine> {
  await using opening = new AsyncDisposableStack();
  const engine = opening.use(await openScratchEngine());
  const enter = async (domain: string) => void (await engine.query(`USE ${quoteIdentifier(snakeCase(domain))}`));
  await declarePseudonym(engine);
  for (const domain of domains) {
    await engine.query(`ATTACH ':memory:' AS ${quoteIdentifier(snakeCase(domain.name))}`);
    await enter(domain.name);
    for (const schema of ["raw", "clean", "product"]) await engine.query(`CREATE SCHEMA ${schema}`);
    for (const stream of domain.sources.flatMap((source) => source.streams)) await engine.query(createRawTable(stream));
  }
  const resources = opening.move();
  return {
    engine,
    enter,
    async define(schema, table, columns) {
      const list = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(", ");
      await engine.query(`CREATE TABLE ${qualifiedName(schema, table)} (${list})`);
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
