import { type InfluenceKind, type Influences, influenceOf, passedThrough, together } from "./influence.ts";
import { isPlanExpression, type PlanExpression } from "./plan-node.ts";
import { bindingOf, type PlanColumn } from "./plan-relation.ts";

/**
 * What an expression over these columns depends on, and how. Fields that this file does not know count as parts of
 * the value: too much is told rather than too little.
 */
export function influencesOf(expression: PlanExpression, columns: readonly PlanColumn[]): Influences {
  if (expression.expression_class === "BOUND_REF") return ofColumn(columns[expression.index ?? -1], expression);
  if (expression.expression_class === "BOUND_COLUMN_REF") return ofColumn(boundColumn(expression, columns), expression);
  const field = fieldOf(expression, columns);
  if (field !== undefined) return field.influences;
  const kinds = kindsByClass[expression.expression_class]?.(expression) ?? {};
  const masking = expression.expression_class === "BOUND_FUNCTION" && maskingFunctions.has(expression.name ?? "");
  const parts = Object.entries(expression).flatMap(([field, value]) =>
    notOperands.has(field) ? [] : partsOf(value, kinds[field] ?? "TRANSFORMATION"),
  );
  return together(parts.map(({ part, kind }) => passedThrough(influencesOf(part, columns), kind, masking)));
}

/** The same as a column of its own, which may have fields. */
export function columnOf(expression: PlanExpression, columns: readonly PlanColumn[]): PlanColumn {
  const influences = influencesOf(expression, columns);
  const fields = fieldsOf(expression, columns);
  return fields === undefined ? { influences } : { influences, fields };
}

/** Of an object that this expression makes, or hands on. */
function fieldsOf(expression: PlanExpression, columns: readonly PlanColumn[]): PlanColumn["fields"] {
  if (expression.expression_class === "BOUND_REF") return columns[expression.index ?? -1]?.fields;
  if (expression.expression_class === "BOUND_COLUMN_REF") return boundColumn(expression, columns)?.fields;
  if (expression.name !== "struct_pack") return fieldOf(expression, columns)?.fields;
  const names = expression.return_type?.type_info?.child_types ?? [];
  const parts = expression.children ?? [];
  if (names.length !== parts.length) return undefined;
  return new Map(parts.map((part, index) => [nameOf(names[index]?.first), columnOf(part, columns)]));
}

/** What `object.field` takes out of an object whose fields are known. */
function fieldOf({ name = "", children = [] }: PlanExpression, columns: readonly PlanColumn[]): PlanColumn | undefined {
  const [object, key] = children;
  if (!extracting.has(name) || object === undefined || key?.expression_class !== "BOUND_CONSTANT") return undefined;
  return fieldsOf(object, columns)?.get(nameOf(key.value?.value));
}

const extracting: ReadonlySet<string> = new Set(["struct_extract", "array_extract"]);

/** Case does not count. */
function nameOf(name: unknown): string {
  return String(name).toLowerCase();
}

export function influencesOfAll(
  expressions: readonly PlanExpression[],
  columns: readonly PlanColumn[],
  kind: InfluenceKind,
): Influences {
  return together(expressions.map((expression) => passedThrough(influencesOf(expression, columns), kind)));
}

/** What binds a function holds the body of a lambda, whose references count its parameters; captured columns are operands. */
const notOperands: ReadonlySet<string> = new Set(["function_data", "value", "return_type", "arguments"]);

/** @source OpenLineage `masking`: the value cannot be had back */
const maskingFunctions: ReadonlySet<string> = new Set(["md5", "md5_number", "sha1", "sha256", "hash"]);

type FieldKinds = Readonly<Record<string, InfluenceKind>>;

const kindsByClass: Readonly<Record<string, (expression: PlanExpression) => FieldKinds>> = {
  BOUND_AGGREGATE: () => ({ children: "AGGREGATION", filter: "FILTER", order_bys: "SORT" }),
  BOUND_WINDOW: ({ type }) => ({
    children: type === "WINDOW_AGGREGATE" ? "AGGREGATION" : "TRANSFORMATION",
    partitions: "WINDOW",
    orders: "WINDOW",
    start_expr: "WINDOW",
    end_expr: "WINDOW",
    offset_expr: "WINDOW",
    arg_orders: "SORT",
    filters: "FILTER",
    filter: "FILTER",
    filter_expr: "FILTER",
  }),
};

interface Part {
  readonly part: PlanExpression;
  readonly kind: InfluenceKind;
}

/** The expressions in a field, however deep in lists and records they stand; the branches of a CASE are records. */
function partsOf(value: unknown, kind: InfluenceKind): Part[] {
  if (Array.isArray(value)) return value.flatMap((item) => partsOf(item, kind));
  if (isPlanExpression(value)) return [{ part: value, kind }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, item]) => partsOf(item, field === "when_expr" ? "CONDITIONAL" : kind));
}

function boundColumn({ binding }: PlanExpression, columns: readonly PlanColumn[]): PlanColumn | undefined {
  if (binding === undefined) return undefined;
  const name = bindingOf(binding.table_index, binding.column_index);
  return columns.find((column) => column.binding === name);
}

function ofColumn(column: PlanColumn | undefined, { query_location, alias }: PlanExpression): Influences {
  if (column !== undefined) return column.influences;
  return influenceOf({
    reason: `where ${alias || "a value"} comes from is not in the engine's plan`,
    offset: query_location,
  });
}
