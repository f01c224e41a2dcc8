import type { Plugin } from "graphql-yoga";

/** Answers a GET or HEAD by a reader with a browser; undefined leaves the request to others. */
export type Page = (request: Request) => Promise<Response | undefined>;

export interface ServedPaths {
  readonly ready: () => boolean;
  /** What whoever asks for readiness is told besides, a line each. */
  readonly remarks?: () => readonly string[];
  /** Path → page. */
  readonly pages: Readonly<Record<string, Page>>;
}

/** Everything that is no GraphQL operation: pages, `/readyz`, and a helpful answer where nothing is. */
export function servePaths({ ready, remarks = () => [], pages }: ServedPaths): Plugin {
  const paths = [...new Set([...Object.keys(pages), "/graphql", "/healthz", "/readyz"])];
  const answer = async (request: Request, path: string): Promise<Response | undefined> => {
    if (!paths.includes(path))
      return text(404, `Nothing is at ${path}. This server has ${[...paths, "/products", "/streams"].join(", ")}.\n`);
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (path === "/graphql") return isRead ? pages[path]?.(request) : undefined;
    if (!isRead) return text(405, `${path} can only be read.\n`, { allow: "GET, HEAD" });
    return path === "/readyz" ? readiness(ready(), remarks()) : pages[path]?.(request);
  };
  return {
    async onRequest({ request, url, endResponse }) {
      const response = await answer(request, url.pathname);
      if (response !== undefined) endResponse(response);
    },
  };
}

function readiness(ready: boolean, remarks: readonly string[]): Response {
  const lines = remarks.map((remark) => `${remark}\n`).join("");
  if (ready) return text(200, `ready\n${lines}`);
  return text(503, `not ready: ${lines || "nothing has been published yet, or the server is stopping\n"}`);
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}
