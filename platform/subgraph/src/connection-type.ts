import type { ArgBuilder, OutputRef } from "@pothos/core";
import type { SqlRow } from "@thoth/warehouse/query-engine";
import type { GraphTypes } from "./graph-builder.ts";
import type { InputTypes, TypeKit } from "./input-types.ts";
import { limits } from "./limits.ts";
import { cursorOf, type Page } from "./page.ts";
import { typeNames } from "./type-names.ts";

interface Edge {
  readonly page: Page;
  readonly row: SqlRow;
}

/** Relay connection over the rows of a type. */
export function buildConnection(
  { builder, shared }: TypeKit,
  typeName: string,
  row: OutputRef<SqlRow>,
): OutputRef<Page> {
  const names = typeNames(typeName);
  const edge = builder.objectRef<Edge>(names.edge).implement({
    fields: (t) => ({
      cursor: t.string({ nullable: false, resolve: (parent) => cursorOf(parent.page, parent.row) }),
      node: t.field({ type: row, nullable: false, resolve: (parent) => parent.row }),
    }),
  });
  return builder.objectRef<Page>(names.connection).implement({
    description: "One page of rows.",
    fields: (t) => ({
      edges: t.field({
        type: [edge],
        nullable: false,
        resolve: (page) => page.rows.map((each) => ({ page, row: each })),
      }),
      nodes: t.field({ type: [row], nullable: false, resolve: (page) => [...page.rows] }),
      pageInfo: t.field({ type: shared.pageInfo, nullable: false, resolve: (page) => page }),
      totalCount: t.field({
        type: "BigInt",
        description: "Rows on all pages together; counted only when it is asked for.",
        resolve: (page) => page.total ?? null,
      }),
    }),
  });
}

/** Arguments of every connection field. */
export function connectionArgs(arg: ArgBuilder<GraphTypes>, { where, orderBy }: InputTypes) {
  return {
    where: arg({ type: where }),
    orderBy: arg({ type: [orderBy], description: "Most important first; the primary key settles what is left." }),
    first: arg.int({ defaultValue: limits.defaultFirst, description: `Rows of the page, up to ${limits.maxFirst}.` }),
    after: arg.string({ description: "`endCursor` of the page before." }),
  };
}
