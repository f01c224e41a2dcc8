import { MeshError } from "@thoth/kernel/mesh-error";
import { cliError } from "./errors.ts";

/** A file on its way, and what its head says of it. */
export interface FetchedFile {
  readonly body: AsyncIterable<Uint8Array>;
  readonly rows: number;
  /** Whether the limit left rows out. */
  readonly truncated: boolean;
  readonly snapshot: string;
}

/**
 * Asks a gateway for a file.
 * @throws MeshError as the gateway tells it; `cli/server-unreachable`, `cli/bad-answer`
 */
export async function fetchFile(
  url: string,
  { token, signal }: { readonly token: string | undefined; readonly signal: AbortSignal },
): Promise<FetchedFile> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(url, { headers, signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw cliError["server-unreachable"]({ url: new URL(url).origin }, { cause });
  });
  if (!response.ok) throw problemOf(await response.json().catch(() => undefined), { url, status: response.status });
  const told = (name: string) => response.headers.get(name) ?? "";
  const rows = Number(told("x-mesh-rows"));
  const body = response.body ?? new ReadableStream<Uint8Array>();
  return { body, rows, truncated: told("x-mesh-truncated") === "true", snapshot: told("x-mesh-snapshot") };
}

function problemOf(problem: unknown, { url, status }: { readonly url: string; readonly status: number }): MeshError {
  const { code, message, hint } = { ...(typeof problem === "object" ? problem : {}) } as Record<string, unknown>;
  if (typeof code !== "string" || typeof message !== "string" || typeof hint !== "string")
    return cliError["bad-answer"]({ url: new URL(url).origin, status });
  return new MeshError(code, { message, hint });
}
