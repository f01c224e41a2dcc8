import {
  type GraphQLInputType,
  type GraphQLNamedInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from "graphql";
import type { ReadPart, UsageMeaning } from "./usage-meaning.ts";

type Inputs = UsageMeaning["inputs"];

/** Deeper than any filter that is answered. */
const deepest = 64;

export interface ColumnSearch {
  readonly inputs: Inputs;
  readonly found: (part: ReadPart) => void;
}

/** Finds the columns that a value names. As it came: enum values are their names. */
export function findColumns(search: ColumnSearch, type: GraphQLInputType, value: unknown, depth = 0): void {
  if (value === null || value === undefined || depth > deepest) return;
  if (isNonNullType(type)) findColumns(search, type.ofType as GraphQLInputType, value, depth);
  else if (!isListType(type)) findNamed(search, type as GraphQLNamedInputType, value, depth);
  // A single value stands for a list of one.
  else if (!Array.isArray(value)) findColumns(search, type.ofType as GraphQLInputType, value, depth + 1);
  else for (const item of value) findColumns(search, type.ofType as GraphQLInputType, item, depth + 1);
}

function findNamed(search: ColumnSearch, type: GraphQLNamedInputType, value: unknown, depth: number): void {
  const columns = search.inputs.get(type.name);
  if (isEnumType(type)) tell(search, columns?.get(String(value)));
  if (!isInputObjectType(type) || typeof value !== "object") return;
  const fields = type.getFields();
  for (const [name, entry] of Object.entries(value as object)) {
    const field = fields[name];
    if (columns?.has(name)) tell(search, columns.get(name));
    else if (field !== undefined) findColumns(search, field.type, entry, depth + 1);
  }
}

function tell({ found }: ColumnSearch, part: ReadPart | undefined): void {
  if (part !== undefined) found(part);
}

/** Whether values of a type can name columns at all. */
export function namesColumns(inputs: Inputs, type: GraphQLInputType, seen = new Set<string>()): boolean {
  const named = getNamedType(type);
  if (inputs.has(named.name)) return true;
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => namesColumns(inputs, field.type, seen));
}
