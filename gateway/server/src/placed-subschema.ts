import { createDefaultExecutor, type SubschemaConfig } from "@graphql-tools/delegate";
import type { ExecutionRequest, ExecutionResult, Executor } from "@graphql-tools/utils";
import { isMeshError, type MeshError } from "@thoth/kernel/mesh-error";
import type { PlacedSubgraph, ServerLog } from "@thoth/subgraph/served-graph";
import { GraphQLError, type GraphQLSchema } from "graphql";
import { gatewayError } from "./errors.ts";
import { toGraphQLError, withExtensions } from "./graphql-error.ts";
import { askForKeys, type Lookups, lookupsOf, matchByKey } from "./keyed-lookups.ts";
import { askRemote, type RemoteAnswer, type RemoteDomain } from "./remote-executor.ts";

export interface PlaceOptions {
  readonly remoteTimeoutMs: number;
  readonly log: ServerLog;
}

/** How the gateway reaches one domain. Every error that comes back names the domain. */
export function placeSubschema(
  { subgraph, url }: PlacedSubgraph,
  schema: GraphQLSchema,
  { remoteTimeoutMs, log }: PlaceOptions,
): SubschemaConfig {
  const { domain } = subgraph;
  const here = () => createDefaultExecutor(schema);
  const elsewhere = (remote: RemoteDomain) => remoteExecutor({ domain, lookups: lookupsOf(schema) }, remote, log);
  const executor = url === undefined ? here() : elsewhere({ url, timeoutMs: remoteTimeoutMs });
  return { schema, batch: true, executor: nameDomain(domain, executor) };
}

interface KnownDomain {
  readonly domain: string;
  readonly lookups: Lookups;
}

/** Asks a domain that another process serves. When it does not answer, what it was asked for is null with one error. */
function remoteExecutor(known: KnownDomain, remote: RemoteDomain, log: ServerLog): Executor {
  const { domain, lookups } = known;
  const note = noteChanges(domain, log);
  return async (request: ExecutionRequest): Promise<ExecutionResult> => {
    const answer = await askRemote(remote, { ...request, document: askForKeys(request.document, lookups) });
    note(answer);
    if (answer.kind === "result") return readResult(answer.result, request, known);
    return failed(gatewayError["subgraph-unavailable"]({ domain, reason: answer.reason }));
  };
}

function failed(error: MeshError): ExecutionResult {
  return { data: null, errors: [toGraphQLError(error)] };
}

function readResult(result: ExecutionResult, request: ExecutionRequest, known: KnownDomain): ExecutionResult {
  try {
    const data = result.data && matchByKey(result.data, request, known);
    return explainErrors(known.domain, { ...result, data });
  } catch (failure) {
    if (!isMeshError(failure)) throw failure;
    return failed(failure);
  }
}

/** Logs when a domain stops answering and when it answers again, not every request in between. */
function noteChanges(domain: string, log: ServerLog): (answer: RemoteAnswer) => void {
  let before: string | undefined;
  return (answer) => {
    if (answer.kind === "none" && answer.givenUp) return;
    const reason = answer.kind === "none" ? answer.reason : undefined;
    if (reason !== undefined && reason !== before) log.error("domain does not answer", { domain, reason });
    if (reason === undefined && before !== undefined) log.info("domain answers again", { domain });
    before = reason;
  };
}

/** A server that is none of ours may say things in errors that readers must not see. */
function explainErrors(domain: string, result: ExecutionResult): ExecutionResult {
  if (result.errors === undefined) return result;
  const errors = result.errors.map((error) => {
    if (typeof error.extensions.code === "string") return error;
    const masked = gatewayError["subgraph-unavailable"]({ domain, reason: "an error it does not explain" });
    return withExtensions(error, toGraphQLError(masked).extensions, masked.message);
  });
  return { ...result, errors };
}

function nameDomain(domain: string, executor: Executor): Executor {
  return async (request) => {
    const result = (await executor(request)) as ExecutionResult;
    if (result.errors === undefined) return result;
    return { ...result, errors: result.errors.map((error) => withExtensions(asGraphQLError(error), { domain })) };
  };
}

function asGraphQLError(error: Error): GraphQLError {
  return error instanceof GraphQLError ? error : new GraphQLError(error.message, { originalError: error });
}
