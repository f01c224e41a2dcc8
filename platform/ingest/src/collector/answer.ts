import type { ServerResponse } from "node:http";
import type { MeshError } from "@thoth/kernel/mesh-error";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly retryAfterMs?: number;
  /** Text is JSON. */
  readonly body: string | Buffer;
}

/** An error as one object: what, why, and where in the request. */
export function problemAnswer(status: number, code: string, message: string, path?: string): Answer {
  return { status, body: JSON.stringify({ code, message, ...(path !== undefined && { path }) }) };
}

/** The same for an expected failure, with what to do about it. */
export function errorAnswer(status: number, { code, message, hint, retryAfterMs }: MeshError): Answer {
  return { status, body: JSON.stringify({ code, message, hint }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

export function writeAnswer(response: ServerResponse, answer: Answer, more: Readonly<Record<string, string>>): void {
  const { status, headers, retryAfterMs, body } = answer;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...more,
    ...headers,
  });
  response.end(body);
}
