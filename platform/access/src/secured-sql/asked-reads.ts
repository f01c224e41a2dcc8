import type { ProductModel } from "@thoth/contract/product-model";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import type { ParsedStatement } from "./judged-statement.ts";
import { type KnownTable, type TablesOfReader, tableWords } from "./resolve-tables.ts";
import type { SecuredRead, SqlReader } from "./secured-sql.ts";
import { type ReadTable, statementReads } from "./statement-reads.ts";

/**
 * What a statement asks for, whether or not its reader may read it, or may know that there is such a thing: for the audit
 * trail, never for an answer. `*` of a product of which nothing can be read stands for all of its columns.
 */
export function askedReads(
  { trees, shape }: ParsedStatement,
  { find }: Pick<TablesOfReader, "find">,
  { decide }: Pick<SqlReader, "decide">,
): SecuredRead[] {
  const asked = new Map<ProductModel, ReadTable>();
  const places = new Map<SqlNode, ReadTable>();
  for (const { node } of shape.tables) {
    const named = find(tableWords(node));
    if (named.kind !== "known") continue;
    const { model } = named.version;
    const table = asked.get(model) ?? askedTable(named.version);
    asked.set(model, table);
    places.set(node, table);
  }
  const columns = statementReads(trees, places);
  return [...asked.values()].map((table) => ({
    model: table.model,
    columns: columns.get(table) ?? [],
    decision: decide(table.model),
  }));
}

function askedTable({ model, offer }: KnownTable): ReadTable {
  const offered = offer();
  if (offered.kind === "unreadable") return { model, columns: model.columns };
  const seen = new Set(offered.columns.map(({ name }) => name));
  return { model, columns: offered.columns, hidden: model.columns.filter(({ name }) => !seen.has(name)) };
}
