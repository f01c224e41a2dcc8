/** What one operation may ask of a subgraph. Beyond them the answer is an error that says how to ask for less. */
export const limits = {
  /** Rows of one page, and groups of one aggregate. */
  maxFirst: 100_000,
  defaultFirst: 50,
  defaultGroups: 1_000,
  /** Values of one list argument: `in`, `hasAny`, `keys`. */
  maxListValues: 10_000,
  /** Levels of `and`, `or`, `not`. */
  maxWhereDepth: 20,
  /** Comparisons in one `where` or `having`. */
  maxPredicates: 1_000,
  /** Rows that one relation may yield for all its parents together. */
  maxRelationRows: 1_000_000,
} as const;
