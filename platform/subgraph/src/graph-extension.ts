import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { GraphBuilder, GraphTypes } from "./graph-builder.ts";

/** Row types of a subgraph by name: `types.Unit`. Their parent values are rows with the contract's column names. */
export type RowTypes = Readonly<Record<string, PothosSchemaTypes.ObjectRef<GraphTypes, SqlRow>>>;

/**
 * What a product's `graph.ts` exports as its default: adds fields with Pothos.
 *
 *     export default defineGraph((builder, types) => {
 *       builder.objectField(types.Unit, "label", (t) =>
 *         t.string({
 *           extensions: { columns: ["code", "name"] },
 *           resolve: (row) => `${row.code} ${row.name}`,
 *         }),
 *       );
 *     });
 *
 * `extensions.columns` lists the columns the resolver reads; they are part of the statement only when the field is
 * selected, and the field fails with `access/column-denied` when one of them may not be read.
 */
export type GraphExtension = (builder: GraphBuilder, types: RowTypes) => void;

export function defineGraph(extension: GraphExtension): GraphExtension {
  return extension;
}
