import { findValue } from "./exact-json.ts";
import { type HttpAnswer, resolveAddress } from "./http-request.ts";

/** How an API deals out its items. `next` is a JSON pointer into the answer. */
export type Paging =
  | { readonly kind: "none" }
  | {
      readonly kind: "page";
      readonly parameter: string;
      /** Number of the first page; 1 unless given. */
      readonly first?: number;
      readonly size?: PageSize;
    }
  | { readonly kind: "offset"; readonly parameter: string; readonly size: PageSize }
  | { readonly kind: "cursor"; readonly parameter: string; readonly next: string; readonly size?: PageSize }
  /** The `Link` header with `rel="next"`. */
  | { readonly kind: "link"; readonly size?: PageSize };

export interface PageSize {
  readonly parameter: string;
  readonly items: number;
}

export interface Page {
  readonly answer: HttpAnswer;
  readonly content: unknown;
  readonly items: number;
}

export function firstPage(base: URL, paging: Paging): URL {
  const url = new URL(base);
  if ("size" in paging && paging.size) url.searchParams.set(paging.size.parameter, String(paging.size.items));
  if (paging.kind === "page") url.searchParams.set(paging.parameter, String(paging.first ?? 1));
  if (paging.kind === "offset") url.searchParams.set(paging.parameter, "0");
  return url;
}

/** @returns undefined after the last page */
export function nextPage(asked: URL, page: Page, paging: Paging): URL | undefined {
  switch (paging.kind) {
    case "none":
      return undefined;
    case "page":
      return isLast(page, paging.size) ? undefined : moved(asked, paging.parameter, 1);
    case "offset":
      return page.items === 0 ? undefined : moved(asked, paging.parameter, page.items);
    case "cursor":
      return withCursor(asked, paging.parameter, findValue(page.content, paging.next));
    case "link": {
      const next = nextLink(page.answer.link);
      return next === undefined ? undefined : resolveAddress(next, page.answer.url);
    }
    default:
      return paging satisfies never;
  }
}

/** A server may hand out fewer than were asked for; only pages of a fixed number must then be full. */
function isLast(page: Page, size: PageSize | undefined): boolean {
  return page.items === 0 || (size !== undefined && page.items < size.items);
}

function moved(asked: URL, parameter: string, by: number): URL {
  return withCursor(asked, parameter, Number(asked.searchParams.get(parameter)) + by) as URL;
}

function withCursor(asked: URL, parameter: string, value: unknown): URL | undefined {
  if (value === null || value === undefined || value === "" || value === false) return undefined;
  const url = new URL(asked);
  const text = typeof value === "object" && "rawJSON" in value ? value.rawJSON : value;
  url.searchParams.set(parameter, String(text));
  return url;
}

/** @source RFC 8288: `<https://…>; rel="next", <…>; rel="last"` */
function nextLink(header: string | null): string | undefined {
  for (const [, target, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>((?:\s*;[^,;"]*(?:"[^"]*")?)*)/g)) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i.exec(parameters);
    if ((relation?.[1] ?? relation?.[2] ?? "").toLowerCase().split(/\s+/).includes("next")) return target;
  }
  return undefined;
}
