// Generated from the contract splashkit-usage/function-catalogue 1.1.0 by `npm run generate`; changes belong there.

/**
 * The functions SplashKit offers, in every language it can be called from: the reference that usage, documentation and teaching material are measured against.
 */
export interface SplashkitFunctionRow {
  /**
   * Name of the function that no other overload has, such as draw_circle_record; what telemetry counts by.
   */
  unique_global_name: string;
  /**
   * Name that all overloads share, as C++ and Python programs write it.
   */
  function_name: string;
  /**
   * Part of the SDK the function belongs to. The list grows as the SDK does.
   */
  category: string;
  /**
   * Class whose method the function is in object-oriented bindings; null for free functions.
   */
  class_name: string | null;
  /**
   * Name of the method in that class, where it differs from the function's; null otherwise.
   */
  method_name: string | null;
  /**
   * Type of the result in C++; void for none.
   */
  return_type: string | null;
  /**
   * Number of parameters of this overload.
   */
  parameter_count: number;
  /**
   * Number of functions that share the name, this one included.
   */
  overload_count: number;
  /**
   * Whether the function can be called from C++.
   */
  has_cpp: boolean;
  /**
   * Whether the function can be called from C#.
   */
  has_csharp: boolean;
  /**
   * Whether the function can be called from Python.
   */
  has_python: boolean;
  /**
   * Whether the function can be called from Pascal.
   */
  has_pascal: boolean;
  /**
   * Whether the documentation shows at least one usage example of the name, in any language.
   */
  has_example: boolean;
  /**
   * Languages of those examples, in alphabetical order; empty without one.
   */
  example_languages: readonly (string | null)[];
}
