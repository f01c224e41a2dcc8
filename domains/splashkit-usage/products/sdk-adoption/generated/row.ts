// Generated from the contract splashkit-usage/sdk-adoption 1.0.1 by `npm run generate`; changes belong there.

/**
 * How releases of the SDK spread and how well they run: who still uses an old version, on what, and whether a new one crashes more.
 */
export interface SdkAdoptionRow {
  /**
   * Monday, in UTC, of the week in which the runs began.
   */
  week_start: string;
  /**
   * Version of the SDK, as it reports itself.
   */
  sdk_version: string;
  /**
   * Language binding, environment or tool that ran.
   */
  binding: "cpp" | "csharp" | "python" | "pascal" | "online" | "skm";
  /**
   * Kind of operating system the run happened on.
   */
  os_family: "windows" | "macos" | "linux" | "browser" | "other";
  /**
   * Installs that ran this version at least once in the week.
   */
  active_installs: number;
  /**
   * Installs whose very first run is among these. Adds up over rows.
   */
  new_installs: number;
  /**
   * Runs that began in the week. Adds up over rows.
   */
  sessions: number;
  /**
   * Runs among them that ended in a crash. Adds up over rows.
   */
  crashed_sessions: number;
  /**
   * Crashed runs divided by runs, 0 to 1.
   */
  crash_share: number;
  /**
   * Median length of the runs, in seconds; null when none of them reported its length.
   */
  median_duration_s: number | null;
}
