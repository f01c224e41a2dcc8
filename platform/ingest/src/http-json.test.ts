import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { openLanding } from "@thoth/testing/landing";
import { describe, expect, test } from "vitest";
import { newFieldValue, plainRow, type SuiteRow, type SuiteSource, suiteConnector } from "./connector.suite.ts";
import type { Stream } from "./connector.ts";
import { loadAgain } from "./database-parts.suite.ts";
import { type HttpJsonOptions, type HttpStreamOptions, httpJson } from "./http-json.ts";
import type { Paging } from "./http-paging.ts";

interface Service extends AsyncDisposable {
  readonly url: string;
  readonly asked: { readonly url: URL; readonly headers: IncomingMessage["headers"] }[];
}

type Answer = (url: URL, response: ServerResponse, count: number) => void;

async function serve(answer: Answer): Promise<Service> {
  const asked: Service["asked"] = [];
  const server: Server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? "/", `http://${incoming.headers.host}`);
    asked.push({ url, headers: incoming.headers });
    answer(url, response, asked.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that no server is given by itself, and that `fetch` does not refuse to ask. */
const nobodyListens = "http://127.0.0.1:2";

/** Waits are noted, never slept. */
function recordedEffects(now = 0) {
  const waits: number[] = [];
  const wait = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    waits.push(ms);
  };
  return { waits, effects: { wait, random: () => 0.5, now: () => now } };
}

function only(baseUrl: string, list: Partial<HttpStreamOptions>, more: Partial<HttpJsonOptions> = {}): Stream {
  const { effects } = recordedEffects();
  const things = { path: "/things", columns: { id: "BIGINT" }, ...list };
  return httpJson({ baseUrl, effects, streams: { things }, ...more }).streams[0] as Stream;
}

/** JSON with numbers that JavaScript itself cannot write. */
function rowJson(row: SuiteRow, more: object): string {
  const { amount, big, ...rest } = row;
  const text = JSON.stringify({ ...rest, ...more });
  return `${text.slice(0, -1)},"amount":${amount},"big":${big}}`;
}

const size = { parameter: "size", items: 50 };

async function openThings(paging: Paging, changesOnly: boolean): Promise<SuiteSource> {
  const rows: SuiteRow[] = [];
  let more = {};
  let handedOut = 0;
  const service = await serve((url, response) => {
    const since = url.searchParams.get("since");
    const wanted = rows.filter((row) => since === null || (row.at ?? "") >= since);
    const number = Number(url.searchParams.get("at") ?? "0");
    const start = paging.kind === "page" ? (number - 1) * size.items : number;
    const page = wanted.slice(start, start + size.items);
    handedOut += page.length;
    const end = start + page.length;
    const next = end < wanted.length ? end : null;
    const nextUrl = new URL(url);
    nextUrl.searchParams.set("at", String(end));
    if (next !== null)
      response.setHeader("link", `<${url.pathname}>; rel="first", <${nextUrl}>; title="a, b"; rel="next"`);
    response.end(
      `{"data":{"items":[${page.map((row) => rowJson(row, more)).join(",")}]},"next":${JSON.stringify(next)}}`,
    );
  });
  return {
    async add(added) {
      rows.push(...added);
    },
    async addField() {
      more = { api_token: newFieldValue };
    },
    stream: (columns, more) =>
      only(
        service.url,
        {
          ...more,
          columns,
          items: "/data/items",
          paging,
          ...(changesOnly ? { since: { parameter: "since", column: "at", key: "id" } } : {}),
        },
        { batchRows: 100 },
      ),
    ...(changesOnly ? { handedOut: () => handedOut } : {}),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

const paging: Record<string, Paging> = {
  page: { kind: "page", parameter: "at", size },
  offset: { kind: "offset", parameter: "at", size },
  cursor: { kind: "cursor", parameter: "at", next: "/next" },
  link: { kind: "link" },
};

suiteConnector("http, changes by cursor", () => openThings(paging.cursor as Paging, true));
suiteConnector("http, everything by page", () => openThings(paging.page as Paging, false), {
  wholeOnly: true,
});

test("items that change twice within one value of `since` land each time, whatever lies in the future", async () => {
  const items = [
    { id: 1, updated: "2026-01-01", note: "a" as string | null },
    { id: 2, updated: "2099-01-01", note: "far" },
  ];
  const asked: (string | null)[] = [];
  await using service = await serve((url, response) => {
    const since = url.searchParams.get("since");
    asked.push(since);
    response.end(JSON.stringify(items.filter(({ updated }) => since === null || updated >= since)));
  });
  await using landing = await openLanding();
  const columns = { id: "BIGINT", updated: "VARCHAR", note: "VARCHAR" };
  const stream = only(service.url, { columns, since: { parameter: "since", column: "updated", key: "id" } });
  expect(await landing.land(stream)).toMatchObject({ rowsRead: 2 });
  for (const note of ["b", null, "a"]) {
    items[0] = { id: 1, updated: "2026-01-01", note };
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 1 });
    expect(await landing.land(stream)).toMatchObject({ rowsRead: 0, rowsRejected: 0 });
  }
  expect(new Set(asked)).toEqual(new Set([null, "2026-01-01"]));
  await landing.query(`update mesh.stream_state set checkpoint = '{"since":"2099-01-01"}'`);
  items.push({ id: 3, updated: "2026-03-01", note: "new" });
  expect(await landing.land(stream)).toMatchObject({ rowsRead: 1, rowCountAfter: 6 });
});

test.each(Object.entries(paging))("pages by %s end where the list ends", async (_kind, kind) => {
  for (const count of [0, 1, 50, 51, 100, 120]) {
    await using source = await openThings(kind, true);
    await using landing = await openLanding();
    await source.add(Array.from({ length: count }, (_, index) => plainRow(index + 1)));
    expect(await landing.land(source.stream({ id: "BIGINT", at: "VARCHAR" }))).toMatchObject({ rowCountAfter: count });
  }
});

test("bytes that are no UTF-8 end the load, or are held back row by row", async () => {
  const body = '[{"id":1,"name":"Zoe"},{"id":2,"name":"Zoë"},{"id":3,"other":"Zoë"}]';
  await using service = await serve((_url, response) => response.end(Buffer.from(body, "latin1")));
  await using landing = await openLanding();
  const columns = { id: "BIGINT", name: { type: "VARCHAR", optional: true } };
  await expect(landing.land(only(service.url, { columns }))).rejects.toMatchObject({
    code: "ingest/wrong-type",
    message: expect.stringMatching(/UTF-8/),
  });
  for (const since of [undefined, { parameter: "since", column: "id", key: "id" }]) {
    const list = { columns, maxRejectedShare: 0.5, ...(since && { since }) };
    const landed = await landing.land(only(service.url, list), { full: true });
    expect(landed).toMatchObject({ rowsRead: 3, rowsInserted: 2, rowsRejected: 1 });
  }
  expect(await landing.query("select id, name from raw.things order by id")).toEqual([
    { id: 1n, name: "Zoe" },
    { id: 3n, name: null },
  ]);
  const held = `select distinct rules, "row" ->> 'name' as name from mesh.rejected_rows`;
  expect(await landing.query(held)).toEqual([{ rules: ["encoding"], name: "Zo\uFFFD" }]);
});

describe("patience", () => {
  test.each<[string, number, Record<string, string>, number]>([
    ["429 waits as many seconds as asked", 429, { "retry-after": "7" }, 7000],
    ["503 waits until the date asked", 503, { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }, 9000],
    ["500 backs off with jitter", 500, {}, 500],
    ["408 backs off with jitter", 408, {}, 500],
  ])("%s", async (_what, status, headers, waited) => {
    await using service = await serve((_url, response, count) => {
      if (count === 1) response.writeHead(status, headers).end("an inner secret");
      else response.end('[{"id":1}]');
    });
    await using landing = await openLanding();
    const { waits, effects } = recordedEffects();
    await landing.land(only(service.url, {}, { effects }));
    expect(waits).toEqual([waited]);
  });

  test("it ends: after the last attempt, at once when the server asks for too long, and for what will not change", async () => {
    let status = 502;
    await using service = await serve((_url, response) => response.writeHead(status, { "retry-after": "1" }).end());
    await using landing = await openLanding();
    const { waits, effects } = recordedEffects();
    const land = (more: Partial<HttpJsonOptions>) => landing.land(only(service.url, {}, { effects, ...more }));
    await expect(land({ attempts: 3 })).rejects.toMatchObject({
      code: "ingest/source-unreachable",
      message: expect.stringMatching(/502/),
    });
    expect([service.asked.length, waits.length]).toEqual([3, 2]);
    await expect(land({ longestWaitMs: 999 })).rejects.toMatchObject({
      message: expect.stringMatching(/asks to wait 1 s/),
    });
    for (const [refused, code] of [
      [401, "refused"],
      [403, "refused"],
      [404, "failed"],
      [400, "failed"],
    ] as const) {
      status = refused;
      await expect(land({})).rejects.toMatchObject({
        code: `ingest/source-${code}`,
        message: expect.stringMatching(`${refused}`),
      });
    }
    expect(waits).toHaveLength(2);
    expect(service.asked).toHaveLength(8);
  });

  test("a server that breaks the connection, or does not answer in time, is tried again", async () => {
    await using service = await serve((_url, response, count) => {
      if (count === 1) response.destroy();
      else if (count === 2) response.write("[");
      else response.end('[{"id":1}]');
    });
    await using landing = await openLanding();
    const { waits, effects } = recordedEffects();
    // On a slow machine an answer that was given may be late as well, and is asked for again.
    const patient = { effects, timeoutMs: 500, attempts: 1000 };
    expect(await landing.land(only(service.url, {}, patient))).toMatchObject({ rowsRead: 1 });
    expect(waits.slice(0, 2)).toEqual([500, 1000]);
    await using silent = await serve(() => undefined);
    const late = landing.land(only(silent.url, {}, { effects, timeoutMs: 20, attempts: 2 }));
    await expect(late).rejects.toMatchObject({ code: "ingest/source-timeout" });
  });

  test("a server that is not there is named with why", async () => {
    await using landing = await openLanding();
    const { effects } = recordedEffects();
    await expect(landing.land(only(nobodyListens, {}, { effects }))).rejects.toMatchObject({
      code: "ingest/source-unreachable",
      message: expect.stringMatching(/ECONNREFUSED/),
    });
  });

  test("an abort ends a request that is not answered", async () => {
    const stop = new AbortController();
    await using service = await serve(() => stop.abort());
    await using landing = await openLanding();
    await expect(landing.land(only(service.url, {}), { signal: stop.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});

describe("one origin", () => {
  const auth = { value: () => "token-1234", header: "x-api-key", prefix: "" };

  test("redirects and next links within it are followed with the credentials", async () => {
    await using service = await serve((url, response) => {
      if (url.pathname === "/v1/things") response.writeHead(307, { location: "/v2/things" }).end();
      else if (url.searchParams.has("more")) response.end('[{"id":2}]');
      else response.setHeader("link", "</v2/things?more>; rel=next").end('[{"id":1}]');
    });
    await using landing = await openLanding();
    expect(await landing.land(only(`${service.url}/v1/`, { paging: { kind: "link" } }, { auth }))).toMatchObject({
      rowsRead: 2,
    });
    expect(service.asked.map(({ headers }) => headers["x-api-key"])).toEqual(Array(3).fill("token-1234"));
  });

  test.each(["redirect", "link", "path"])("nothing leads to another one: %s", async (kind) => {
    await using other = await serve((_url, response) => response.end('[{"id":9}]'));
    await using service = await serve((_url, response) => {
      if (kind === "redirect") response.writeHead(302, { location: `${other.url}/things` }).end();
      else response.setHeader("link", `<${other.url}/things>; rel="next"`).end('[{"id":1}]');
    });
    await using landing = await openLanding();
    const path = kind === "path" ? `//${new URL(other.url).host}/things` : "/things";
    const landed = landing.land(only(service.url, { paging: { kind: "link" }, path }, { auth }));
    await expect(landed).rejects.toMatchObject({ code: "ingest/foreign-address" });
    expect(other.asked).toEqual([]);
  });
});

test.each<[string, string, string, RegExp]>([
  ["no JSON", "<html>hush-hush</html>", "source-failed", /not JSON/],
  ["cut off JSON", '[{"id":1},{"secret":"hush-hush', "source-failed", /not JSON/],
  ["no list", '{"error":"hush-hush"}', "source-failed", /no list at the top/],
  ["too much", `[${'{"id":1},'.repeat(200)}{"id":1}]`, "source-failed", /larger than 1000 bytes/],
  ["a renamed field", '[{"ident":1,"note":"hush-hush"}]', "missing-column", /id.*ident, note/],
])("%s ends in an error that quotes nothing", async (_what, body, code, text) => {
  await using service = await serve((_url, response) => response.end(body));
  await using landing = await openLanding();
  const list = { query: { token: "hush-hush" } };
  const failure = await landing.land(only(service.url, list, { maxBodyBytes: 1000 })).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: `ingest/${code}`,
    message: expect.stringMatching(text),
    at: { path: expect.stringContaining("/things") },
  });
  expect(inspect(failure, { depth: 20 })).not.toContain("hush-hush");
});

test("a structure that does not fit is not quoted", async () => {
  await using service = await serve((_url, response) => response.end('[{"id":{"a":1,"note":"hush-hush"}}]'));
  await using landing = await openLanding();
  for (const type of ["STRUCT(a INTEGER)", "INTEGER[]"]) {
    const landed = landing.land(only(service.url, { columns: { id: type } }), { full: true });
    const failure = await landed.catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "ingest/wrong-type" });
    expect(inspect(failure, { depth: 20 })).not.toContain("hush-hush");
  }
});

test("pages that repeat or never end are noticed", async () => {
  await using service = await serve((url, response) => {
    response.end(
      JSON.stringify({ items: [{ id: 1 }], next: url.searchParams.has("c") ? url.searchParams.get("c") : "a" }),
    );
  });
  await using landing = await openLanding();
  const cursor = { kind: "cursor", parameter: "c", next: "/next" } as const;
  const same = landing.land(only(service.url, { items: "/items", paging: cursor }));
  await expect(same).rejects.toMatchObject({ code: "ingest/endless-paging" });
  const endless = { kind: "page", parameter: "page" } as const;
  const more = landing.land(only(service.url, { items: "/items", paging: endless }, { maxPages: 5 }));
  await expect(more).rejects.toMatchObject({ code: "ingest/endless-paging" });
});

test("fields by pointer, lists and structures, the header from the environment", async () => {
  await using service = await serve((_url, response) => {
    response.end('[{"id":1,"user":{"full name":"Ann","a/b":[1.10,2]},"tags":["x",null],"note":"null"}]');
  });
  await using landing = await openLanding();
  const columns = {
    id: "BIGINT",
    name: { type: "VARCHAR", from: "/user/full name" },
    second: { type: "DECIMAL(9,2)", from: "/user/a~1b/0" },
    tags: "VARCHAR[]",
    note: "JSON",
    user: "JSON",
  };
  const auth = { value: "THOTH_TEST_API_TOKEN" };
  const stream = only(service.url, { columns }, { auth });
  await expect(landing.land(stream)).rejects.toMatchObject({ code: "ingest/missing-setting" });
  process.env.THOTH_TEST_API_TOKEN = "token-1234";
  try {
    await landing.land(stream);
  } finally {
    delete process.env.THOTH_TEST_API_TOKEN;
  }
  expect(service.asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer token-1234"]);
  expect(await landing.query("select * exclude (_run_id, _loaded_at) from raw.things")).toEqual([
    {
      id: 1n,
      name: "Ann",
      second: "1.10",
      tags: ["x", null],
      note: "null",
      user: { "full name": "Ann", "a/b": [1.1, 2] },
      _source: `${service.url}/things`,
    },
  ]);
});

test("a part is asked for by its dates, and becomes what the API tells of it", async () => {
  const item = (id: number, day: string, updated: string, note = "a") => ({
    id,
    day: `${day}T00:00:00Z`,
    updated,
    note,
  });
  let items = [
    item(1, "2026-01-05", "2026-03-01"),
    item(2, "2026-01-31", "2026-03-01"),
    item(3, "2026-02-01", "2026-03-01"),
    item(4, "2026-01-20", "2026-03-01"),
  ];
  await using service = await serve((url, response) => {
    const [from, until, since] = ["from", "until", "since"].map((name) => url.searchParams.get(name));
    const wanted = items.filter(({ day, updated }) => {
      if (from != null && until != null) return day >= from && day.slice(0, 10) <= until;
      return since == null || updated > since;
    });
    response.end(JSON.stringify(wanted));
  });
  const list: Partial<HttpStreamOptions> = {
    columns: { id: "BIGINT", day: "TIMESTAMP WITH TIME ZONE", updated: "VARCHAR", note: "VARCHAR" },
    since: { parameter: "since", column: "updated", key: "id" },
    eventTime: "day",
    range: { from: "from", until: "until", format: "day" },
  };
  const stream = only(service.url, list);
  await using landing = await openLanding();
  await landing.land(stream);
  items = items.map((one) => (one.id === 4 ? item(4, "2026-02-03", "2026-03-02", "moved") : one));
  await landing.land(stream);
  await landing.engine.run("update raw.things set note = 'wrong' where id = 1");
  await landing.engine.run("insert into raw.things select * replace (99 as id) from raw.things where id = 2");
  items = [...items, item(5, "2026-01-06", "2026-03-03")];
  const january = { from: Date.UTC(2026, 0, 1), until: Date.UTC(2026, 1, 1) };
  expect(await loadAgain(landing, stream, { parts: [january] })).toEqual([
    { rowsRead: 2, rowsInserted: 1, rowsDeleted: 2 },
  ]);
  expect(service.asked.at(-1)?.url.search).toBe("?from=2025-12-30&until=2026-02-02");
  await landing.land(stream);
  const rows = await landing.query("select id, note from raw.things order by id, updated");
  expect(rows.map(({ id, note }) => `${id}${note}`)).toEqual(["1a", "2a", "3a", "4a", "4moved", "5a"]);
});

test("without a range there are no parts", () => {
  const stream = only("http://127.0.0.1:1", { since: { parameter: "since", column: "id", key: "id" } });
  expect(stream.parts).toBeUndefined();
  expect(stream.unparted).toBe("comes from an API that is not said to take dates (range)");
});

test("a range that says nothing of keys and times is refused", () => {
  expect(() => only("http://127.0.0.1:1", { range: { from: "from", until: "until" } })).toThrow(
    expect.objectContaining({ code: "ingest/unfit-range" }),
  );
});
