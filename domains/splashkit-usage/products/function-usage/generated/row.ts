// Generated from the contract splashkit-usage/function-usage 1.0.1 by `npm run generate`; changes belong there.

/**
 * Which SplashKit functions programs call, from which language and, where their authors tell, for which unit: what to document, keep, teach or give up.
 */
export interface FunctionUsageRow {
  /**
   * Monday, in UTC, of the week in which the calls happened.
   */
  week_start: string;
  /**
   * Language binding, or environment, the program called through.
   */
  binding: "cpp" | "csharp" | "python" | "pascal" | "online" | "skm";
  /**
   * The function called, by the name that tells overloads apart; unknown for names the catalogue does not list.
   */
  unique_global_name: string;
  /**
   * What the program's author told about the unit it is for: the unit's code, other when the hint names no unit we know, none when there was no hint. Never null, so that it can be part of the key.
   */
  unit_hint: string;
  /**
   * Code of the hinted unit when ontrack-learning knows it; null otherwise.
   */
  unit_code: string | null;
  /**
   * Name that all overloads share, for adding them up; unknown for names the catalogue does not list.
   */
  function_name: string;
  /**
   * Part of the SDK the function belongs to; unknown for names the catalogue does not list.
   */
  category: string;
  /**
   * Calls reported.
   */
  calls: bigint;
  /**
   * Errors the function reported.
   */
  errors: bigint;
  /**
   * Runs of programs that called the function. One run counts once in every row it appears in, so rows must not be added.
   */
  sessions: number;
  /**
   * Installations of the SDK that called the function. One install counts once in every row it appears in, so rows must not be added.
   */
  installs: number;
}
