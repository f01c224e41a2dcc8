import type { SqlRow } from "@thoth/warehouse/query-engine";
import { boundText } from "./bound-text.ts";
import { columnType } from "./column-type.ts";
import type { ParentKeys } from "./compile-source.ts";
import { matchColumns } from "./page-plan.ts";
import type { TypeGraph } from "./product-graph.ts";
import type { LookupPlan } from "./query-plan.ts";
import { rowColumns } from "./row-columns.ts";
import { planOutput } from "./row-output.ts";
import type { Selection } from "./selection.ts";
import { columnNamed, type PlanContext, TableAccess } from "./table-access.ts";

/** Plans the rows that have given keys: values of the columns `context.match`. */
export function planLookup(type: TypeGraph, selection: Selection, context: PlanContext): LookupPlan {
  const access = new TableAccess(type.model, context.decide(type.model), "rows");
  const output = planOutput(type, [selection], access);
  const match = matchColumns(access, context.match);
  return { kind: "lookup", source: { table: access.reference(), shift: null, match, where: null }, output };
}

/** The texts of a key, from values as GraphQL or the engine gives them. Undefined when a part is missing. */
export function keyTexts(
  type: TypeGraph,
  columns: readonly string[],
  read: (column: string) => unknown,
): readonly string[] | undefined {
  const values = columns.map(read);
  if (values.some((value) => value === null || value === undefined)) return undefined;
  return columns.map((name, part) => boundText(columnType(columnNamed(type.model, name)), values[part]));
}

/** Each different key once, and where each of the given ones is found among them. */
export function distinctKeys(keys: ParentKeys): { readonly distinct: ParentKeys; readonly places: readonly number[] } {
  const places = new Map<string, number>();
  const distinct: (readonly string[])[] = [];
  const found = keys.map((key) => {
    const text = JSON.stringify(key);
    const known = places.get(text);
    if (known !== undefined) return known;
    places.set(text, distinct.length);
    return distinct.push(key) - 1;
  });
  return { distinct, places: found };
}

/**
 * Gives every key its own rows. A row belongs to the key whose number the statement wrote into it; where in the answer it
 * stands means nothing, so a short or shuffled answer cannot attach one key's values to another.
 */
export function rowsByKey(rows: readonly SqlRow[]): ReadonlyMap<number, SqlRow[]> {
  const byKey = new Map<number, SqlRow[]>();
  for (const row of rows) {
    const parent = Number(row[rowColumns.parent]);
    const known = byKey.get(parent);
    if (known === undefined) byKey.set(parent, [row]);
    else known.push(row);
  }
  return byKey;
}
