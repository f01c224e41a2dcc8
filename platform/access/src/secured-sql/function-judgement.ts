import { functionRisk } from "@thoth/warehouse/function-rules";
import { nearestName } from "@thoth/warehouse/nearest-name";
import type { SqlNode } from "@thoth/warehouse/sql-tree";
import { chainedColumn } from "./chained-column.ts";
import { allowedFunctions, allowedTableFunctions } from "./function-list.ts";

/** Why a function may not be called as it is, in words for who typed it; undefined when it may. */
export function functionProblem(call: SqlNode): string | undefined {
  const name = nameOf(call);
  if (quantiles.has(name)) return quantileProblem(call as Expression);
  if (allowedFunctions.has(name)) return sizeProblem(name, argumentsOf(call));
  return refusal(name, [...allowedFunctions]);
}

/** The same for a function in a FROM. */
export function tableFunctionProblem(call: SqlNode): string | undefined {
  const name = nameOf(call);
  if (allowedTableFunctions.has(name)) return undefined;
  return refusal(name, [...allowedTableFunctions]);
}

/** How many times longer than what it is given its result may be, at most; 1 when it is no longer. */
export function growthOf(call: SqlNode): number {
  const values = argumentsOf(call);
  switch (nameOf(call)) {
    case "repeat":
      return wholeNumber(values[1]) ?? 1;
    case "range":
    case "generate_series":
      return listLength(values);
    case "replace":
    case "regexp_replace":
      return Math.max(1, textLength(values[2]) / Math.max(1, textLength(values[1])));
    default:
      return 1;
  }
}

/** As functions are compared: in lower case. */
export function nameOf(call: SqlNode): string {
  return String(call.function_name).toLowerCase();
}

function refusal(name: string, known: readonly string[]): string {
  const risk = functionRisk(name);
  if (risk !== undefined) return riskWords[risk];
  if (Object.hasOwn(postgresFunctions, name)) return `The dialect is DuckDB's: write ${postgresFunctions[name]}.`;
  const nearest = nearestName(name, known);
  const guess = nearest === undefined ? "" : ` Did you mean ${nearest}?`;
  return `Only functions of the values they are given can be called here.${guess}`;
}

/** Postgres' own functions that statements come with from elsewhere, and what says the same here. */
const postgresFunctions: Readonly<Record<string, string>> = {
  to_char: "strftime(value, '%Y-%m-%d'), or format('{:,}', number)",
  to_date: "strptime(text, '%Y-%m-%d')::DATE",
  to_number: "CAST(text AS DECIMAL(18,3))",
  json_agg: "to_json(list(value))",
  jsonb_agg: "to_json(list(value))",
  json_build_object: "json_object('name', value)",
  jsonb_build_object: "json_object('name', value)",
  row_to_json: "to_json(row)",
  btrim: "trim(text)",
  initcap: "upper(left(text, 1)) || lower(substr(text, 2))",
  every: "bool_and(condition)",
  width_bucket: "floor((value - low) / (high - low) * count) + 1",
  div: "a // b",
  regexp_match: "regexp_extract(text, pattern)",
  regexp_matches: "regexp_extract_all(text, pattern)",
  string_to_array: "string_split(text, separator)",
  "~*": "regexp_matches(text, pattern, 'i')",
  "!~*": "NOT regexp_matches(text, pattern, 'i')",
  "|/": "sqrt(number)",
  "@": "abs(number)",
};

const riskWords: Readonly<Record<NonNullable<ReturnType<typeof functionRisk>>, string>> = {
  outside: "A statement reads published products and nothing else: no file, no network, no environment.",
  engine: "A statement sees published products, not the engine's settings or its own catalog.",
  state: "A statement only reads: nothing can be changed, held up or made to fail.",
  chance: "The same statement gives the same result each time. Derive values from the data instead, such as md5(key).",
  code: "SQL in texts cannot be checked. Write the query itself.",
};

/** Position of the argument that says how large the result becomes, for functions whose result has any size one asks for. */
const sizeArgument: Readonly<Record<string, number>> = {
  ...{ repeat: 1, lpad: 1, rpad: 1, list_resize: 1, array_resize: 1, bar: 3, bitstring: 1, to_base: 2 },
  equi_width_bins: 2,
};

const mostRepeats = 1000;
const mostItems = 100_000;

// The engine counts neither long texts nor long lists against its memory limit while it makes them.
function sizeProblem(name: string, values: readonly unknown[]): string | undefined {
  if (name === "range" || name === "generate_series") return listProblem(name, values);
  if (name === "format" || name === "printf") return patternProblem(values[0]);
  if (name === "replace" || name === "regexp_replace") return replacementProblem(values[2]);
  if (typedJson.has(name)) return structureProblem(values[1]);
  const at = Object.hasOwn(sizeArgument, name) ? sizeArgument[name] : undefined;
  const size = at === undefined ? undefined : values[at];
  if (size === undefined) return undefined;
  const count = wholeNumber(size);
  return count !== undefined && count <= mostRepeats
    ? undefined
    : `The size of its result must be written as a number up to ${mostRepeats}.`;
}

function listProblem(name: string, values: readonly unknown[]): string | undefined {
  if (values.every((value) => wholeNumber(value) !== undefined) && listLength(values) <= mostItems) return undefined;
  return `As a list it takes whole numbers as they are, for up to ${mostItems} items. Use it in FROM: … FROM ${name}(…) AS numbers(n).`;
}

function listLength(values: readonly unknown[]): number {
  const [first = 0, second, step = 1] = values.map(wholeNumber);
  return Math.max(1, second === undefined ? first : Math.abs((second - first) / (step || 1)));
}

function replacementProblem(replacement: unknown): string | undefined {
  if (typeof constantOf(replacement) === "string" && textLength(replacement) <= mostRepeats) return undefined;
  return `What it puts in place must be written as a text, up to ${mostRepeats} characters.`;
}

/** Functions that take a type, written as JSON, as their second argument. */
const typedJson: ReadonlySet<string> = new Set([
  ...["from_json", "from_json_strict", "json_transform", "json_transform_strict"],
]);

const mostNested = 100;

// The engine goes down into it without counting, and a process ends where its stack does.
function structureProblem(structure: unknown): string | undefined {
  const text = constantOf(structure);
  if (typeof text === "string" && text.split(/[[{(]/).length <= mostNested) return undefined;
  return `The structure must be written as a text, with fewer than ${mostNested} brackets.`;
}

function textLength(node: unknown): number {
  return String(constantOf(node) ?? "").length;
}

function patternProblem(pattern: unknown): string | undefined {
  const text = constantOf(pattern);
  if (typeof text === "string" && !/\d{4}|\*|\{[^}]*\{/.test(text)) return undefined;
  return "Its pattern must be written as a text, with widths below 1000.";
}

const quantiles: ReadonlySet<string> = new Set(["quantile", "quantile_cont", "quantile_disc"]);

// Behind an ORDER BY the engine takes any list for one that there is, and breaks on one that is null.
function quantileProblem({ children = [], order_bys: by }: Expression): string | undefined {
  if (by == null || by.orders.length === 0) return undefined;
  const fraction = children.at(-1);
  const written = fraction?.function_name === "list_value" ? (fraction.children ?? []) : [fraction];
  if (written.every((one) => typeof constantOf(one) === "number")) return undefined;
  return "With an ORDER BY the fraction must be written as a number, or a list of numbers.";
}

function argumentsOf(call: SqlNode): readonly unknown[] {
  const { children = [] } = call as { readonly children?: readonly unknown[] };
  const column = chainedColumn(call);
  return column.length === 0 ? children : [{ class: "COLUMN_REF", column_names: column }, ...children];
}

interface Expression {
  readonly class?: string;
  readonly function_name?: string;
  readonly children?: readonly Expression[];
  readonly order_bys?: { readonly orders: readonly unknown[] } | null;
  readonly value?: { readonly value?: unknown };
}

function constantOf(node: unknown): unknown {
  const expression = node as Expression | undefined;
  return expression?.class === "CONSTANT" ? expression.value?.value : undefined;
}

function wholeNumber(node: unknown): number | undefined {
  const { function_name: name, children = [] } = (node ?? {}) as Expression;
  const value = name === "-" && children.length === 1 ? constantOf(children[0]) : constantOf(node);
  if (typeof value !== "number" || !Number.isSafeInteger(value)) return undefined;
  return name === "-" ? -value : value;
}
