import type { IncomingMessage } from "node:http";

const sendable = [
  "authorization",
  "content-type",
  "content-encoding",
  ...["id", "source", "type", "specversion", "time", "subject", "dataclassification"].map((name) => `ce-${name}`),
];

export function isPreflight({ method }: IncomingMessage): boolean {
  return method === "OPTIONS";
}

/**
 * What lets pages of the given origins read our answers. Pages of other origins may still send; whether they are listened
 * to is for their key to say.
 */
export function corsHeaders({ headers }: IncomingMessage, origins: ReadonlySet<string>): Record<string, string> {
  const { origin } = headers;
  const vary = { vary: "origin" };
  if (origin === undefined || !origins.has(origin)) return vary;
  return {
    ...vary,
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": sendable.join(", "),
    "access-control-expose-headers": "retry-after",
    "access-control-max-age": "600",
  };
}
