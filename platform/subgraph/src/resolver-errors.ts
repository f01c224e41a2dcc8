import { randomUUID } from "node:crypto";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import { parseEngineError } from "@thoth/warehouse/engine-errors";
import { resourceFailure } from "@thoth/warehouse/resource-failure";
import { GraphQLError, type GraphQLResolveInfo } from "graphql";
import { subgraphError } from "./errors.ts";
import type { Operations } from "./operation.ts";
import type { FieldContext } from "./subgraph.ts";

export type Resolve<Parent> = (
  parent: Parent,
  args: Readonly<Record<string, unknown>>,
  context: FieldContext,
  info: GraphQLResolveInfo,
) => unknown;

/** Lets a resolver throw what it likes: readers get an error with code and hint, once per field of the operation. */
export function guardResolver<Parent>(
  domain: string,
  operations: Operations,
  resolve: Resolve<Parent>,
): Resolve<Parent> {
  return (parent, args, context, info) => {
    const fail = (error: unknown): null => {
      if (isContextMissing(error)) throw readersError(error, domain);
      if (!operations.of(context, info).isFirstReport(info)) return null;
      throw toGraphQLError(error, { domain, context });
    };
    try {
      const value = resolve(parent, args, context, info);
      return value instanceof Promise ? value.catch(fail) : value;
    } catch (error) {
      return fail(error);
    }
  };
}

/** What readers may know of a failure. Everything else goes to `onUnexpected` under a correlation id. */
export function toGraphQLError(
  error: unknown,
  { domain, context }: { readonly domain: string; readonly context: Pick<FieldContext, "onUnexpected" | "signal"> },
): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (isMeshError(error) && isForReaders(error)) return readersError(resourceFailure(error) ?? error, domain);
  if (context.signal?.aborted === true) {
    const reason =
      context.signal.reason instanceof Error ? context.signal.reason.message : String(context.signal.reason);
    return readersError(subgraphError.aborted({ reason }), domain);
  }
  const correlationId = randomUUID();
  context.onUnexpected?.(error, correlationId);
  const column = missingColumn(error);
  const told = column === undefined ? subgraphError.unexpected({ correlationId }) : notThere(domain, column);
  return readersError(told, domain, { correlationId });
}

/** Statements name what the contract names, so what is lacking is in the snapshot: it is older than the contract. */
function missingColumn(error: unknown): string | undefined {
  if (!isMeshError(error) || error.code !== "warehouse/statement-failed") return undefined;
  const said = /^(?:Referenced column|.* does not have a column named) "([^"]+)"/;
  return said.exec(parseEngineError(error).message)?.[1];
}

function notThere(domain: string, column: string): MeshError {
  return subgraphError["column-not-there"]({ domain, column });
}

function readersError(error: MeshError, domain: string, more: Readonly<Record<string, unknown>> = {}): GraphQLError {
  const at = error.at === undefined ? {} : { at: error.at };
  return new GraphQLError(error.message, {
    extensions: { code: error.code, hint: error.hint, domain, ...at, ...more },
  });
}

/** The engine's own errors quote SQL, values and files. */
function isForReaders(error: MeshError): boolean {
  return !error.code.startsWith("warehouse/") || readersCodes.includes(error.code);
}

const readersCodes: readonly string[] = [
  "warehouse/no-snapshot",
  "warehouse/too-many-queries",
  "warehouse/out-of-memory",
  "warehouse/disk-full",
];

function isContextMissing(error: unknown): error is MeshError {
  return isMeshError(error) && error.code === "subgraph/context-missing";
}
