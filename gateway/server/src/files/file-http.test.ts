import { request as httpRequest } from "node:http";
import { gunzipSync } from "node:zlib";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { type TempDir, tempDir } from "@thoth/testing/temp-dir";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { campusProducts, now } from "../fixtures/campus.ts";
import { tokenFor } from "../fixtures/door.ts";
import { readings } from "./fixtures/everything.ts";
import { type FileDoor, maskKey, openFileDoor } from "./fixtures/file-door.ts";
import { askFile } from "./fixtures/read-file.ts";

let mesh: SmallMesh;
let door: FileDoor;
let dir: TempDir;

beforeAll(async () => {
  mesh = await openSmallMesh([readings, ...campusProducts], { now, maskKey });
  door = await openFileDoor(mesh);
  dir = await tempDir();
});

afterAll(async () => {
  await door?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
  await dir?.[Symbol.asyncDispose]();
});

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(`${door.url}${path}`, { headers, method });

const plain = { "accept-encoding": "identity" };

/** Sends a path as it is: `fetch` would tidy it up. */
function getRaw(path: string, method = "GET"): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(door.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString() }));
    });
    sent.on("error", reject).end();
  });
}

test("an answer says what it is, of which state, and how it may be kept", async () => {
  const response = await get("/products/lab/readings.csv", plain);
  const [snapshot] = mesh.readSide.attached().filter(({ product }) => product === "readings");
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": 'attachment; filename="readings_2026-03-18.csv"',
    "last-modified": "Wed, 18 Mar 2026 12:00:00 GMT",
    "cache-control": "private, no-cache",
    vary: "authorization, x-mesh-purpose, accept-encoding",
    "x-mesh-snapshot": snapshot?.id,
    "x-mesh-rows": "5",
    "x-mesh-truncated": "false",
    "x-content-type-options": "nosniff",
  });
  expect(response.headers.get("etag")).toMatch(/^"[\w-]{27}"$/);
  expect((await response.text()).split("\r\n")[0]).toBe(
    Object.keys(readings.columns)
      .filter((name) => name !== "secret")
      .join(","),
  );
});

test("what a client has already is not sent again, and nothing is read for it", async () => {
  const first = await get("/products/lab/readings.json");
  const etag = first.headers.get("etag") ?? "";
  for (const known of [etag, `"other", ${etag}`, `W/${etag}`, etag.replace("-gzip", ""), "*"]) {
    const again = await get("/products/lab/readings.json", { "if-none-match": known });
    expect([known, again.status, await again.text()]).toEqual([known, 304, ""]);
    expect(again.headers.get("etag")).toBe(etag.replace("-gzip", ""));
  }
  const others = ["?limit=4", "?select=id", "?order=-id", '?where={"id":{"gt":1}}'];
  for (const other of others) {
    const changed = await get(`/products/lab/readings.json${other}`, { "if-none-match": etag });
    expect([other, changed.status]).toEqual([other, 200]);
  }
});

test("HEAD tells the same without a body", async () => {
  for (const format of ["json", "csv", "arrow", "parquet"]) {
    const [head, whole] = [
      await get(`/products/lab/readings.${format}?limit=2`, plain, "HEAD"),
      await get(`/products/lab/readings.${format}?limit=2`, plain),
    ];
    const told = (response: Response) =>
      ["etag", "x-mesh-rows", "x-mesh-truncated", "link", "content-type"].map((name) => response.headers.get(name));
    expect(told(head)).toEqual(told(whole));
    expect(await head.text()).toBe("");
    await whole.arrayBuffer();
  }
});

test("pages follow each other by their links to the end, each row once", async () => {
  const seen: unknown[] = [];
  let path: string | undefined = "/products/lab/readings.json?select=id&order=-small,label&limit=2";
  let pages = 0;
  while (path !== undefined) {
    const response: Response = await get(path);
    const rows = (await response.json()) as { id: unknown }[];
    seen.push(...rows.map(({ id }) => id));
    expect([path, response.headers.get("x-mesh-rows"), rows]).toEqual([path, String(rows.length), rows]);
    const next: string | undefined = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
    expect(response.headers.get("x-mesh-truncated")).toBe(String(next !== undefined));
    path = next;
    pages += 1;
  }
  const whole = (await (await get("/products/lab/readings.json?select=id&order=-small,label")).json()) as {
    id: unknown;
  }[];
  expect(seen).toEqual(whole.map(({ id }) => id));
  expect(pages).toBe(3);
});

describe("Parquet in parts", () => {
  const path = "/products/lab/readings.parquet";

  test("any part is that part of the whole", async () => {
    const whole = Buffer.from(await (await get(path)).arrayBuffer());
    for (const [range, from, to] of [
      ["bytes=0-3", 0, 4],
      ["bytes=-8", whole.length - 8, whole.length],
      [`bytes=100-`, 100, whole.length],
    ] as const) {
      const part = await get(path, { range });
      expect(part.status).toBe(206);
      expect(part.headers.get("content-range")).toBe(`bytes ${from}-${to - 1}/${whole.length}`);
      expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(from, to))).toBe(true);
    }
  });

  test("beyond the end there is none, and several parts at a time are the whole", async () => {
    const beyond = await get(path, { range: "bytes=10000000-" });
    expect([beyond.status, beyond.headers.get("content-range")]).toEqual([
      416,
      expect.stringMatching(/^bytes \*\/\d+$/),
    ]);
    const several = await get(path, { range: "bytes=0-1,4-5" });
    expect(several.status).toBe(200);
    expect(Number(several.headers.get("content-length"))).toBe((await several.arrayBuffer()).byteLength);
  });

  test("a part of another state is refused in favour of the whole", async () => {
    const etag = (await get(path, {}, "HEAD")).headers.get("etag") ?? "";
    expect((await get(path, { range: "bytes=0-3", "if-range": etag })).status).toBe(206);
    expect((await get(path, { range: "bytes=0-3", "if-range": '"another"' })).status).toBe(200);
  });

  test("equal files are equal to the byte, whichever server makes them", async () => {
    await using other = await openFileDoor(mesh);
    const [one, two] = await Promise.all(
      [door.url, other.url].map(async (url) => Buffer.from(await (await fetch(url + path)).arrayBuffer())),
    );
    expect(one?.equals(two as Buffer)).toBe(true);
  });

  test("a reader that asks for the end first and for columns afterwards finds the rows", async () => {
    const { length } = Buffer.from(await (await get(path)).arrayBuffer());
    const collected = Buffer.alloc(length);
    for (let end = length; end > 0; end -= 700) {
      const start = Math.max(0, end - 700);
      const part = await get(path, { range: `bytes=${start}-${end - 1}` });
      Buffer.from(await part.arrayBuffer()).copy(collected, start);
    }
    const rows = await askFile(dir.path, collected, (file) => `select count(*), sum(small) from read_parquet(${file})`);
    expect(rows).toEqual([["5", "8"]]);
  });
});

test("a file is made smaller on the way when its reader can undo that", async () => {
  const { hostname, port } = new URL(door.url);
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    const headers = { "accept-encoding": "br, gzip;q=0.5" };
    httpRequest({ hostname, port, path: "/products/lab/readings.ndjson", headers }, (response) => {
      expect(response.headers["content-encoding"]).toBe("gzip");
      expect(response.headers.etag).toMatch(/-gzip"$/);
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece)).on("end", () => resolve(Buffer.concat(pieces)));
    })
      .on("error", reject)
      .end();
  });
  expect(gunzipSync(bytes).toString().split("\n")).toHaveLength(6);
  const refused = await get("/products/lab/readings.ndjson", { "accept-encoding": "gzip;q=0" });
  expect(refused.headers.get("content-encoding")).toBeNull();
  await refused.text();
});

test("what there is, one product, its columns, and the contract as it was written", async () => {
  const all = (await (await get("/products")).json()) as { products: { id: string; readable: boolean }[] };
  expect(all.products.map(({ id, readable }) => [id, readable])).toContainEqual(["lab/readings", true]);
  expect(all.products.map(({ id, readable }) => [id, readable])).toContainEqual(["exams/results", false]);
  const one = await (await get("/products/lab/readings")).json();
  expect(one).toMatchObject({
    id: "lab/readings",
    key: ["id"],
    links: { csv: "/products/lab/readings.csv", contract: "/products/lab/readings/contract" },
    snapshot: { rows: 5 },
  });
  expect(one.columns.find(({ name }: { name: string }) => name === "secret").access).toBe("denied");
  const contract = await get("/products/lab/readings/contract");
  expect(contract.headers.get("content-type")).toBe("application/yaml; charset=utf-8");
  expect(await contract.text()).toBe(mesh.catalog.find(({ model }) => model.id === "lab/readings")?.contractText);
});

describe("is refused as a problem with code and hint", () => {
  test.each([
    ["/products/lab/readings.csv?select=secret", 401, "access/column-denied"],
    ['/products/lab/readings.csv?where={"secret":{"eq":"top"}}', 401, "access/column-denied"],
    ['/products/lab/readings.csv?where={"not":{"or":[{"secret":{"isNull":true}}]}}', 401, "access/column-denied"],
    ["/products/lab/readings.csv?order=secret", 401, "access/column-denied"],
    ["/products/exams/results.csv", 401, "access/product-denied"],
    ["/products/exams/plans.json", 404, "warehouse/no-snapshot"],
    ["/products/lab/nothing.csv", 404, "gateway/unknown-product"],
    ["/products/lab/readings/v7.csv", 404, "gateway/unknown-product"],
    ["/products/lab/readings.xlsx", 404, "gateway/no-such-file"],
    ["/products/lab/readings.csv?colour=red", 400, "gateway/unknown-parameter"],
    ["/products/lab/readings.csv?select=id&select=label", 400, "gateway/bad-parameter"],
    ["/products/lab/readings.csv?select=nothing", 400, "subgraph/unknown-column"],
    ["/products/lab/readings.csv?order=nothing", 400, "subgraph/unknown-column"],
    ["/products/lab/readings.csv?order=words", 400, "subgraph/order-not-scalar"],
    ["/products/lab/readings.csv?select=id%22%29%3B+drop+table+x%3B--", 400, "subgraph/unknown-column"],
    ['/products/lab/readings.csv?where={"idd":{"eq":1}}', 400, "gateway/bad-parameter"],
    ['/products/lab/readings.csv?where={"id":{"eq":"one"}}', 400, "gateway/bad-parameter"],
    ["/products/lab/readings.csv?where=[]", 400, "gateway/bad-parameter"],
    ["/products/lab/readings.csv?where=null", 400, "gateway/bad-parameter"],
    ["/products/lab/readings.csv?after=nonsense", 400, "subgraph/cursor-invalid"],
    ["/products/lab/readings.csv?snapshot=../../x", 404, "gateway/no-such-snapshot"],
    ["/products/lab/readings?select=id", 400, "gateway/unknown-parameter"],
  ])("%s", async (path, status, code) => {
    const response = await get(path);
    const problem = (await response.json()) as Record<string, unknown>;
    expect([response.status, problem.code, problem.status]).toEqual([status, code, status]);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(problem).toMatchObject({ type: "about:blank", title: problem.message, hint: expect.any(String) });
    expect(JSON.stringify(problem)).not.toMatch(/\/tmp\/|held_|snapshot_/);
  });

  test.each([
    "/products/../healthz",
    "/products/lab/..%2f..%2fetc/passwd",
    "/products/lab/readings.csv%00",
    "/products//x",
  ])("%s, whatever it is", async (path) => {
    const { status, body } = await getRaw(path);
    expect([status, JSON.parse(body).code]).toEqual([404, "gateway/no-such-file"]);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH"])("%s", async (method) => {
    const response = await get("/products/lab/readings.csv", {}, method);
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  test("a token that is not valid, never taken for nobody", async () => {
    const response = await get("/products/lab/readings.csv", { authorization: "Bearer nonsense" });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect(await response.json()).toMatchObject({ code: "access/token-invalid" });
  });

  test("what somebody who is known may not read, with another status", async () => {
    const authorization = `Bearer ${await tokenFor("ada")}`;
    const response = await get("/products/lab/readings.csv?select=secret", { authorization });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      403,
      "access/column-denied",
    ]);
  });

  test("two purposes", async () => {
    const response = await get("/products/lab/readings.csv?purpose=a", { "x-mesh-purpose": "b" });
    expect(await response.json()).toMatchObject({ code: "gateway/bad-parameter", at: { path: "purpose" } });
  });
});

test("OPTIONS tells what can be done", async () => {
  const response = await get("/products/lab/readings.csv", {}, "OPTIONS");
  expect([response.status, response.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
});

test("pages of sites that are named may ask, and read what they need", async () => {
  await using open = await openFileDoor(mesh, { changes: { policy: { origins: ["https://app.example"] } } });
  const response = await fetch(`${open.url}/products/lab/readings.csv`, { headers: { origin: "https://app.example" } });
  expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(response.headers.get("vary")).toBe("origin, authorization, x-mesh-purpose, accept-encoding");
  await response.text();
});

test("formulas are made harmless when that is asked for, and only then", async () => {
  const cells = async (query: string) =>
    (await (await get(`/products/lab/readings.csv?select=label${query}`)).text()).split("\r\n");
  expect(await cells("")).toContain('"=1+2"');
  expect(await cells("&safe=1")).toContain(`"'=1+2"`);
});

test("an older major version is a file too", async () => {
  const response = await get("/products/lab/readings/v1.csv", plain);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(await (await get("/products/lab/readings.csv", plain)).text());
});
