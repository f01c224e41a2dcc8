import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { contentPolicy, inlineSource } from "./content-policy.ts";
import { graphiqlOptions } from "./graphiql-options.ts";
import { favicon } from "./mesh-mark.ts";
import type { Page } from "./served-paths.ts";

/**
 * GraphiQL with everything it needs in one page: it loads nothing else, and its policy forbids it to. Made when first
 * asked for and kept compressed, because it holds a whole editor (9 MB).
 * @param defaultQuery shown to who opens it without `?query=`
 */
export function graphiqlPage(defaultQuery: string): Page {
  let prepared: Promise<PreparedPage> | undefined;
  return async (request) => {
    if (!accepts(request, "accept", "text/html")) return undefined;
    prepared ??= preparePage(defaultQuery);
    return respond(request, await prepared);
  };
}

interface PreparedPage {
  readonly gzipped: Buffer<ArrayBuffer>;
  readonly policy: string;
  /** Quoted, as the header wants it. */
  readonly etag: string;
}

async function preparePage(defaultQuery: string): Promise<PreparedPage> {
  const { renderGraphiQL } = await import("@graphql-yoga/render-graphiql");
  const options = { title: "Thoth Mesh", defaultQuery, favicon, shouldPersistHeaders: false };
  const html = withOptionsOfTab(renderGraphiQL(options), JSON.stringify(options));
  const etag = `"${createHash("sha256").update(html).digest("base64url")}"`;
  return { gzipped: await promisify(gzip)(html), policy: policyOf(html), etag };
}

/** The last thing on the page is the call that opens the editor. */
function withOptionsOfTab(html: string, options: string): string {
  const at = html.lastIndexOf(options);
  if (at < 0) throw new Error("GraphiQL's page is not called with its options");
  return `${html.slice(0, at)}Object.assign(${options}, ${graphiqlOptions})${html.slice(at + options.length)}`;
}

/** The editor writes its own styles and runs its language services in workers made from text. */
function policyOf(html: string): string {
  const start = html.indexOf("<script>") + "<script>".length;
  const script = html.slice(start, html.indexOf("</script", start));
  return contentPolicy({
    "script-src": inlineSource(script),
    "style-src": "'unsafe-inline'",
    "worker-src": "blob:",
    "img-src": "data:",
    "font-src": "data:",
    "connect-src": "'self'",
  });
}

async function respond(request: Request, { gzipped, policy, etag }: PreparedPage): Promise<Response> {
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    // A reader's browser asks again each time, and normally hears that nothing has changed.
    "cache-control": "no-cache",
    vary: "accept, accept-encoding",
    etag,
  };
  if (request.headers.get("if-none-match")?.includes(etag)) return new Response(null, { status: 304, headers });
  if (!accepts(request, "accept-encoding", "gzip")) return new Response(await promisify(gunzip)(gzipped), { headers });
  return new Response(gzipped, { headers: { ...headers, "content-encoding": "gzip" } });
}

function accepts(request: Request, header: string, value: string): boolean {
  return request.headers.get(header)?.includes(value) ?? false;
}
