import type { ExecutionRequest, ExecutionResult } from "@graphql-tools/utils";
import { linkScope } from "@thoth/kernel/abort-scope";
import { errorChain } from "@thoth/kernel/error-chain";
import { bigIntJson } from "@thoth/subgraph/scalars";
import { GraphQLError, type GraphQLFormattedError, print } from "graphql";
import type { GatewayContext } from "./request-context.ts";

export interface RemoteDomain {
  /** GraphQL endpoint of the process that serves the domain. */
  readonly url: string;
  /** Longest wait for one answer, milliseconds. */
  readonly timeoutMs: number;
}

/** One operation, on behalf of one reader. */
export interface RemoteRequest extends Pick<ExecutionRequest, "document" | "variables"> {
  readonly context?: Pick<GatewayContext, "token" | "purpose" | "signal"> | undefined;
}

/** What a domain elsewhere said, or why it said nothing of use. */
export type RemoteAnswer = { readonly kind: "result"; readonly result: ExecutionResult } | NoAnswer;

export interface NoAnswer {
  readonly kind: "none";
  readonly reason: string;
  /** The reader's request ended first, which says nothing about the domain. */
  readonly givenUp?: true;
}

/** Asks a domain that another process serves, once, with the caller's own token: the domain checks it again. */
export async function askRemote(
  { url, timeoutMs }: RemoteDomain,
  { document, variables, context }: RemoteRequest,
): Promise<RemoteAnswer> {
  using scope = linkScope(context?.signal, timeoutMs);
  const body = JSON.stringify({ query: print(document), variables }, bigIntsAsJson);
  const { signal } = scope;
  try {
    // A redirect is not followed: the token is meant for this address.
    const init = { method: "POST", headers: headersFor(context), body, signal, redirect: "manual" } as const;
    const response = await fetch(url, init);
    return readAnswer(response.status, await response.text());
  } catch (failure) {
    if (context?.signal?.aborted) return { kind: "none", reason: "the request ended first", givenUp: true };
    return { kind: "none", reason: describeFailure(failure, timeoutMs) };
  }
}

function headersFor(context: RemoteRequest["context"]): Record<string, string> {
  const { token, purpose } = context ?? {};
  return {
    "content-type": "application/json",
    accept: "application/graphql-response+json, application/json;q=0.9",
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(purpose !== undefined && { "x-mesh-purpose": purpose }),
  };
}

function bigIntsAsJson(_name: string, value: unknown): unknown {
  return typeof value === "bigint" ? bigIntJson(value) : value;
}

function readAnswer(status: number, text: string): RemoteAnswer {
  const body = parseObject(text);
  const errors = Array.isArray(body?.errors) ? (body.errors as GraphQLFormattedError[]) : [];
  const data = body?.data;
  if (errors.some(isAboutSchema)) return { kind: "none", reason: "it serves another version of its contracts" };
  const answered = isObject(data) || (errors.length > 0 && errors.every(hasCode));
  if (!answered) return { kind: "none", reason: status === 200 ? "no usable answer" : `HTTP ${status}` };
  return {
    kind: "result",
    result: {
      data: isObject(data) ? data : null,
      ...(errors.length > 0 && { errors: errors.map(readError) }),
    },
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // Whatever it is, it is no answer to a GraphQL request; the caller says so.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The gateway only sends what its own copy of the domain's schema allows. */
function isAboutSchema(error: GraphQLFormattedError): boolean {
  const code = error?.extensions?.code;
  return code === "GRAPHQL_VALIDATION_FAILED" || code === "GRAPHQL_PARSE_FAILED";
}

function hasCode(error: GraphQLFormattedError): boolean {
  return typeof error?.extensions?.code === "string";
}

function readError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(String(message), { path: path ?? null, extensions: extensions ?? null });
}

function describeFailure(failure: unknown, timeoutMs: number): string {
  const causes = [...errorChain(failure)].filter((cause) => cause instanceof Error) as NodeJS.ErrnoException[];
  if (causes.some(({ name }) => name === "TimeoutError")) return `no answer within ${timeoutMs} ms`;
  const code = causes.find((cause) => cause.code !== undefined)?.code ?? "";
  return reasons[code] ?? "the connection broke off";
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "its host name is unknown",
  EAI_AGAIN: "its host name cannot be resolved now",
  EHOSTUNREACH: "its host cannot be reached",
  UND_ERR_CONNECT_TIMEOUT: "its host cannot be reached",
};
