import { type ExecutionResult, GraphQLError } from "graphql";
import { withExtensions } from "./graphql-error.ts";

/**
 * One failure, one error. Stitching repeats a failed fetch for every row and field below it; here the copies become
 * one error whose `affectedPaths` names every field that is null because of it: `units.nodes.functionUsage`.
 */
export function collapseErrors<Result extends ExecutionResult>(result: Result): Result {
  if (result.errors === undefined || result.errors.length === 0) return result;
  const groups = Map.groupBy(result.errors.flatMap(flatten), failureOf);
  return { ...result, errors: [...groups.values()].flatMap(mergeCopies) };
}

/** Stitching wraps several errors of one fetch in an AggregateError. */
function flatten(error: GraphQLError): GraphQLError[] {
  const inner = error.originalError;
  if (!(inner instanceof AggregateError)) return [error];
  return inner.errors.flatMap((each) => {
    const cause = each instanceof GraphQLError ? each : new GraphQLError(String(each), { originalError: each });
    return flatten(atPlaceOf(error, cause));
  });
}

function atPlaceOf({ path }: GraphQLError, cause: GraphQLError): GraphQLError {
  const { message, originalError, extensions } = cause;
  return new GraphQLError(message, {
    path: path ?? cause.path ?? null,
    originalError: originalError ?? null,
    extensions,
  });
}

function failureOf({ message, extensions }: GraphQLError): string {
  return JSON.stringify([message, extensions.code, extensions.domain]);
}

function mergeCopies(copies: readonly GraphQLError[]): GraphQLError[] {
  const [first] = copies;
  if (first === undefined) return [];
  const affectedPaths = [...new Set(copies.flatMap(({ path }) => (path === undefined ? [] : [fieldPath(path)])))];
  return [affectedPaths.length === 0 ? first : withExtensions(first, { affectedPaths })];
}

/** The place in the answer without the numbers of rows: one row failed as all did. */
function fieldPath(path: readonly (string | number)[]): string {
  return path.filter((key) => typeof key === "string").join(".");
}
