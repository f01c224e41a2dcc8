/** What a stream may do without. */
export interface MaxRejectedShare {
  /**
   * Share of a batch's rows that may be left out and kept in quarantine because a value does not fit its column, ratio
   * above 0 and at most 1. Without it the first such value ends the load, and nothing of its batch lands. What is not of
   * its format at all, such as a line of CSV with other fields or an answer that is no JSON, ends the load in any case.
   */
  readonly maxRejectedShare?: number;
}
