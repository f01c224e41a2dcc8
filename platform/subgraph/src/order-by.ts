import { subgraphError } from "./errors.ts";
import type { OrderTerm } from "./query-plan.ts";
import type { TableAccess } from "./table-access.ts";

/** One entry of a coerced `orderBy`: exactly one field, with its direction. */
export type OrderInput = Readonly<Record<string, unknown>>;

/** The one field an entry names, and what it says of it. @throws MeshError `subgraph/order-one-column`, `null-operand` */
export function onlyEntry(entry: OrderInput): readonly [field: string, value: unknown] {
  const entries = Object.entries(entry);
  const [only] = entries;
  if (only === undefined || entries.length > 1) {
    throw subgraphError["order-one-column"]({ columns: entries.map(([field]) => field) });
  }
  if (only[1] === null) throw subgraphError["null-operand"]({ operator: only[0] });
  return only;
}

/**
 * The order of a page: what was asked for, then the primary key, so that no two rows are equal and a cursor stands
 * between exactly two rows.
 * @param columnOf GraphQL field → column name
 */
export function planOrder(
  entries: readonly OrderInput[] | null | undefined,
  access: TableAccess,
  columnOf: (field: string) => string,
): OrderTerm[] {
  const terms = (entries ?? []).map((entry) => {
    const [field, direction] = onlyEntry(entry);
    return { column: columnOf(field), direction: direction as OrderTerm["direction"] };
  });
  const keys = access.model.key.map((column) => ({ column, direction: "ASC" as const }));
  return firstOfEach([...terms, ...keys]).map(({ column, direction }) => ({
    column,
    sqlType: access.require(column, "orderBy").sqlType,
    direction,
  }));
}

/** A column that is named again changes nothing: the rows are in its order already. */
function firstOfEach<Term extends { readonly column: string }>(terms: readonly Term[]): Term[] {
  return terms.filter((term, index) => terms.findIndex(({ column }) => column === term.column) === index);
}
