import type { DeclaredColumn } from "./column-spec.ts";
import { ingestError } from "./errors.ts";
import { findValue, jsonField, parseExactJson } from "./exact-json.ts";
import { firstPage, nextPage, type Paging } from "./http-paging.ts";
import { addressOf, type HttpClient, request, requireOrigin } from "./http-request.ts";
import type { SeenKeys } from "./seen-keys.ts";
import { isBroken, type Rows } from "./staged-file.ts";

export interface HttpList {
  readonly stream: string;
  readonly client: HttpClient;
  readonly columns: readonly DeclaredColumn[];
  readonly paging: Paging;
  /** JSON pointer to the items in an answer. */
  readonly pointer: string;
  readonly maxPages: number;
  /** Gets the keys of all items. */
  readonly keys: SeenKeys;
}

/** @throws MeshError `ingest/endless-paging`, `ingest/missing-column` */
export async function* readPages(list: HttpList, start: URL): AsyncGenerator<Rows, void, void> {
  const { client, columns, paging, maxPages, pointer } = list;
  let pages = 0;
  for (let url: URL | undefined = firstPage(start, paging); url !== undefined; ) {
    requireOrigin(client.origin, url, start);
    const answer = await request(client, url);
    const content = parseAnswer(answer.body, addressOf(url));
    const items = requireItems(content, pointer, addressOf(url));
    requireFields(items, columns, { stream: list.stream, server: addressOf(url) });
    for (const item of items) list.keys.add(item, addressOf(url));
    const rows = items.map((item) => rowOf(item, columns));
    const { true: broken = [], false: fine = [] } = answer.isUtf8
      ? { false: rows }
      : Object.groupBy(rows, (row) => `${isBroken(row)}`);
    yield { rows: fine, broken, bytes: Buffer.byteLength(answer.body) };
    const next: URL | undefined = nextPage(url, { answer, content, items: items.length }, paging);
    if (next?.href === url.href || (next !== undefined && ++pages >= maxPages)) {
      throw ingestError["endless-paging"]({ server: addressOf(url), pages: pages + 1 });
    }
    url = next;
  }
}

/** What the parser says about broken JSON quotes it, so it is not passed on. */
function parseAnswer(body: string, server: string): unknown {
  try {
    return parseExactJson(body);
  } catch {
    throw ingestError["source-failed"]({ server, reason: "its answer is not JSON" }, { at: { path: server } });
  }
}

function requireItems(content: unknown, pointer: string, server: string): readonly unknown[] {
  const items = findValue(content, pointer);
  if (Array.isArray(items)) return items;
  const reason = `its answer has no list at ${pointer === "" ? "the top" : pointer}`;
  throw ingestError["source-failed"]({ server, reason }, { at: { path: server } });
}

/** One item may lack a field; when all items of a page do, it was renamed or never there. */
function requireFields(
  items: readonly unknown[],
  columns: readonly DeclaredColumn[],
  { stream, server }: { stream: string; server: string },
): void {
  if (items.length === 0) return;
  const required = columns.filter((column) => !column.optional);
  const missing = required.find(({ from }) => items.every((item) => findValue(item, from) === undefined));
  if (missing === undefined) return;
  const [first] = items;
  const found = typeof first === "object" && first !== null ? Object.keys(first) : [];
  const at = { path: `${server} ${missing.from}` };
  throw ingestError["missing-column"]({ column: missing.from, stream, found }, { at });
}

function rowOf(item: unknown, columns: readonly DeclaredColumn[]): (string | null)[] {
  return columns.map((column) => jsonField(findValue(item, column.from), column));
}
