import type { InputRef, OutputRef } from "@pothos/core";
import type { GraphBuilder } from "./graph-builder.ts";
import type { LeafRef } from "./leaf-types.ts";
import { cursorOf, type Page } from "./page.ts";

/** Types that every subgraph has alike, so that the gateway merges them without conflict. */
export interface SharedTypes {
  readonly sortDirection: LeafRef;
  readonly timeBucket: LeafRef;
  readonly comparePeriod: LeafRef;
  readonly pageInfo: OutputRef<Page>;
}

export function buildSharedTypes(builder: GraphBuilder): SharedTypes {
  return {
    sortDirection: enumOf(builder, "SortDirection", "Missing values come last in both directions.", {
      ASC: "Smallest, earliest or alphabetically first.",
      DESC: "Largest, latest or alphabetically last.",
    }),
    timeBucket: enumOf(builder, "TimeBucket", "Length of a time bucket, in UTC.", {
      HOUR: "",
      DAY: "",
      WEEK: "Begins on Monday.",
      MONTH: "",
      QUARTER: "",
      YEAR: "",
    }),
    comparePeriod: enumOf(
      builder,
      "ComparePeriod",
      "What `previous` is compared with. The filter applies to the moved time.",
      {
        PREVIOUS_PERIOD:
          "The bucket before; without a bucket, the window of the same length before the one in `where`.",
        PREVIOUS_YEAR: "The same time a year earlier; for weeks 52 weeks, so that they begin on Monday too.",
      },
    ),
    pageInfo: buildPageInfo(builder),
  };
}

/** @param values name → what it means */
export function enumOf(
  builder: GraphBuilder,
  name: string,
  description: string,
  values: Readonly<Record<string, string>>,
): LeafRef {
  const config = Object.entries(values).map(([value, meaning]) => [
    value,
    meaning === "" ? {} : { description: meaning },
  ]);
  return builder.enumType(name, { description, values: Object.fromEntries(config) }) as unknown as LeafRef;
}

/** An input whose fields all have one type. */
export function inputOf<Field>(
  builder: GraphBuilder,
  name: string,
  fields: readonly (readonly [field: string, type: Field & (InputRef<unknown> | [InputRef<unknown>])])[],
  description?: string,
): InputRef<unknown> {
  return builder.inputType(name, {
    ...(description === undefined ? {} : { description }),
    fields: (t) => Object.fromEntries(fields.map(([field, type]) => [field, t.field({ type })])),
  });
}

function buildPageInfo(builder: GraphBuilder): OutputRef<Page> {
  const cursorAt = (page: Page, index: number) => {
    const row = page.rows.at(index);
    return row === undefined ? null : cursorOf(page, row);
  };
  return builder.objectRef<Page>("PageInfo").implement({
    description: "Where a page lies among all pages.",
    fields: (t) => ({
      hasNextPage: t.exposeBoolean("hasNextPage", { nullable: false }),
      hasPreviousPage: t.exposeBoolean("hasPreviousPage", { nullable: false }),
      startCursor: t.string({ resolve: (page) => cursorAt(page, 0) }),
      endCursor: t.string({
        description: "Pass it as `after` to get the next page.",
        resolve: (page) => cursorAt(page, -1),
      }),
    }),
  });
}
