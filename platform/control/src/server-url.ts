import { controlError } from "./errors.ts";

/**
 * `postgres://mesh:secret@db:5433/mesh` → `mesh@db:5433/mesh`: what may be shown of a server's URL.
 * @throws MeshError `control/invalid-url`, which shows nothing of it
 */
export function describeServer(url: string): string {
  if (!URL.canParse(url)) throw controlError["invalid-url"]({ problem: "is not a URL" });
  const { protocol, username, hostname, port, pathname, searchParams } = new URL(url);
  if (protocol !== "postgres:" && protocol !== "postgresql:") {
    throw controlError["invalid-url"]({ problem: "does not begin with postgres://" });
  }
  const user = username || searchParams.get("user");
  const host = hostname || searchParams.get("host") || "localhost";
  return `${user ? `${user}@` : ""}${host}:${port || searchParams.get("port") || 5432}${pathname}`;
}

/** How long a statement's answer may take, unless the URL says otherwise, milliseconds. */
const defaultAnswerMs = 30_000;

/**
 * Takes the setting `query_timeout` (milliseconds) out of a server's URL: the driver would let it count for everything.
 * @throws MeshError `control/invalid-url`, which shows nothing of it
 */
export function takeAnswerLimit(url: string): { readonly url: string; readonly answerMs: number } {
  const parsed = new URL(url);
  const limit = parsed.searchParams.get("query_timeout");
  if (limit === null) return { url, answerMs: defaultAnswerMs };
  if (!/^[1-9]\d{0,7}$/.test(limit))
    throw controlError["invalid-url"]({ problem: "has a query_timeout that is no number of milliseconds" });
  parsed.searchParams.delete("query_timeout");
  return { url: parsed.href, answerMs: Number(limit) };
}
