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
