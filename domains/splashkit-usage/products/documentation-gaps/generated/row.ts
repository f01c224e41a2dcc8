// Generated from the contract splashkit-usage/documentation-gaps 1.1.0 by `npm run generate`; changes belong there.

/**
 * The functions programs use that the documentation shows no example of, the most used first: the work list of whoever writes examples.
 */
export interface DocumentationGapRow {
  /**
   * Name that all overloads share; one example of any of them would close the gap.
   */
  function_name: string;
  /**
   * Place in the list, 1 first. By sessions, then installs, then calls, then name.
   */
  rank: number;
  /**
   * Part of the SDK the function belongs to.
   */
  category: string;
  /**
   * The overload of the name that is called most, which an example should show first.
   */
  unique_global_name: string;
  /**
   * Number of overloads of the name.
   */
  overload_count: number;
  /**
   * Runs of programs that called the function in the last 52 weeks. One run counts for every function it called.
   */
  sessions: number;
  /**
   * Installations of the SDK that called it in that time. One install counts for every function it called.
   */
  installs: number;
  /**
   * Calls in that time.
   */
  calls: bigint;
  /**
   * Errors it reported in that time; many of them speak for an example.
   */
  errors: bigint;
  /**
   * Bindings it is called through, in alphabetical order; the languages an example is needed in.
   */
  bindings: readonly (string | null)[];
  /**
   * Monday, in UTC, of the newest week in which it was called.
   */
  last_used_week: string;
  /**
   * Views of the category's reference page in the 30 days before the newest report; null when the report does not list it.
   */
  category_page_views: bigint | null;
}
