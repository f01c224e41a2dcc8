import type { FileOutline } from "@thoth/subgraph/file-outline";
import { cursorBehind } from "@thoth/subgraph/file-plan";
import type { FileChoice } from "./file-choice.ts";
import type { FileFormat } from "./file-request.ts";

const mediaTypes: Readonly<Record<FileFormat, string>> = {
  json: "application/json; charset=utf-8",
  ndjson: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.stream",
};

/** What is said of a file before it is known how long it is. */
export function choiceHeaders({ model, snapshot, etag }: FileChoice, format: FileFormat): Record<string, string> {
  return {
    "content-type": mediaTypes[format],
    "content-disposition": disposition(model, snapshot.publishedAt, format),
    etag,
    "last-modified": new Date(snapshot.publishedAt).toUTCString(),
    "cache-control": "private, no-cache",
    vary: "authorization, x-mesh-purpose, accept-encoding",
    "x-mesh-snapshot": snapshot.id,
    ...deprecationOf(model),
  };
}

/** How many rows there are, and where the next ones are when the limit has cut them off. */
export function outlineHeaders(
  { model, plan }: FileChoice,
  outline: FileOutline,
  next: { readonly path: string; readonly query: URLSearchParams; readonly snapshot: string | undefined },
): Record<string, string> {
  const contract = `</products/${model.id}/contract>; rel="describedby"; type="application/yaml"`;
  const { rows, truncated, end } = outline;
  const links = [contract];
  if (end !== null) links.push(`<${nextAddress(cursorBehind(plan, end), next)}>; rel="next"`);
  return { "x-mesh-rows": String(rows), "x-mesh-truncated": String(truncated), link: links.join(", ") };
}

/** The same file further on, of the same state where that can still be read later. */
function nextAddress(
  cursor: string,
  {
    path,
    query,
    snapshot,
  }: { readonly path: string; readonly query: URLSearchParams; readonly snapshot: string | undefined },
): string {
  const following = new URLSearchParams(query);
  following.set("after", cursor);
  if (snapshot !== undefined) following.set("snapshot", snapshot);
  return `${path}?${following}`;
}

/** `units_2026-03-18.csv`, with the version that its table is called by; JSON is shown where a reader can. */
function disposition({ product, tableName }: FileChoice["model"], publishedAt: number, format: FileFormat): string {
  const version = /_v(\d+)$/.exec(tableName)?.[1];
  const day = new Date(publishedAt).toISOString().slice(0, 10);
  const name = `${product}${version === undefined ? "" : `-v${version}`}_${day}.${format}`;
  return `${format === "json" ? "inline" : "attachment"}; filename="${name}"`;
}

/** RFC 9745 and RFC 8594. */
function deprecationOf({ deprecation }: FileChoice["model"]): Record<string, string> {
  const { since, until } = deprecation ?? {};
  return {
    ...(since !== undefined && { deprecation: `@${Math.floor(since / 1_000)}` }),
    ...(until !== undefined && { sunset: new Date(until).toUTCString() }),
  };
}
