import { createHash } from "node:crypto";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { decide } from "@thoth/access/decide";
import { anonymous, type Principal } from "@thoth/access/decision";
import { accessError } from "@thoth/access/errors";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { tempDir } from "@thoth/testing/temp-dir";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { now } from "../fixtures/campus.ts";
import { doorAt, tokenFor } from "../fixtures/door.ts";
import type { GatewaySettings } from "../serve-gateway.ts";
import { type FileDoor, maskKey, openFileDoor } from "./fixtures/file-door.ts";
import { events, manyRows } from "./fixtures/many-rows.ts";
import { askFile } from "./fixtures/read-file.ts";

const rows = 200_000;

let mesh: SmallMesh;
let door: FileDoor;

beforeAll(async () => {
  mesh = await openSmallMesh([events(rows)], { now, maskKey });
  door = await openFileDoor(mesh);
});

afterAll(async () => {
  await door?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

/** A response whose body nobody reads until it is asked for. */
async function begin(path: string, url = door.url): Promise<IncomingMessage> {
  const sent = request(`${url}/products/lab/events${path}`, { agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

async function readAll(response: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** What the engine has open besides what it always has; what is only kept ready goes with a swap. */
async function openStates(): Promise<string[]> {
  for (const current of mesh.readSide.attached()) await mesh.readSide.attach(current, "events");
  const found = await mesh.readSide.query(
    "select database_name as name from duckdb_databases() where database_name similar to '(held|snapshot)_.*' order by name",
  );
  return found.map(({ name }) => String(name));
}

test("a file of several parts holds every row once, in its order, whatever the order", async () => {
  for (const [path, select] of [
    [".csv?select=id,name", `select id || ',"' || name || '"' from lab.product.events order by id`],
    [".csv?select=id,share&order=-share", "select id || ',' || share from lab.product.events order by share desc, id"],
    [
      ".csv?select=id&where=%7B%22share%22%3A%7B%22gt%22%3A1000%7D%7D&order=name&limit=150000",
      "select id::varchar from lab.product.events where share > 1000 order by name, id limit 150000",
    ],
  ] as const) {
    const text = await readAll(await begin(path));
    const expected = await mesh.readSide.query(
      `select md5(string_agg(line, chr(13) || chr(10) order by n)) as digest, count(*) as count
       from (select line, row_number() over () as n from (${select}) t(line))`,
    );
    const [, ...lines] = text.split("\r\n");
    expect(lines.pop()).toBe("");
    const digest = createHash("md5").update(lines.join("\r\n")).digest("hex");
    expect([path, digest, lines.length]).toEqual([path, expected[0]?.digest, Number(expected[0]?.count)]);
  }
});

test("JSON of several parts is one list", async () => {
  const list = JSON.parse(await readAll(await begin(".json?select=id"))) as { id: number }[];
  expect(list).toHaveLength(rows);
  expect([list[0], list[65_536], list[rows - 1]]).toEqual([{ id: 1 }, { id: 65_537 }, { id: rows }]);
});

test("Arrow and Parquet of several parts hold all rows", async () => {
  await using dir = await tempDir();
  const [arrow, parquet] = await Promise.all(
    ["arrow", "parquet"].map(async (format) =>
      Buffer.from(await (await fetch(`${door.url}/products/lab/events.${format}?order=-id`)).arrayBuffer()),
    ),
  );
  const ids = tableFromIPC(arrow as Buffer).getChild("id");
  expect([ids?.length, ids?.get(0), ids?.get(rows - 1)]).toEqual([rows, BigInt(rows), 1n]);
  const found = await askFile(dir.path, parquet as Buffer, (file) => {
    const from = `read_parquet(${file})`;
    return `select count(*), sum(id), (select id from ${from} limit 1) from ${from}`;
  });
  expect(found).toEqual([[String(rows), String((rows * (rows + 1)) / 2), String(rows)]]);
});

test("what is published in the middle changes nothing of a file that has begun", async () => {
  const [before] = mesh.readSide.attached();
  const response = await begin(".ndjson");
  const next = await mesh.publish("lab/events", manyRows(3, "second"));
  expect((await readAll(await begin(".ndjson"))).trim().split("\n")).toHaveLength(3);
  const text = await readAll(response);
  expect(text.trim().split("\n")).toHaveLength(rows);
  expect(text).not.toContain("second");
  expect(response.headers["x-mesh-snapshot"]).toBe(before?.id);
  expect(next.id).not.toBe(before?.id);
  await mesh.publish("lab/events", manyRows(rows, "first"));
  await expect.poll(openStates).toHaveLength(1);
});

test("a reader who goes away ends what is made for it", async () => {
  for (const path of [".ndjson", ".csv?order=-name", ".arrow", ".json"]) {
    const response = await begin(path);
    await once(response, "readable");
    response.destroy();
  }
  await expect.poll(openStates).toHaveLength(1);
});

test("readers who take nothing keep nobody from the engine", async () => {
  const idle = await Promise.all(Array.from({ length: 8 }, () => begin(".ndjson?order=-name")));
  const { data } = await doorAt(door.url)("{ events(first: 1) { totalCount nodes { id } } }");
  expect(data.events).toEqual({ totalCount: rows, nodes: [{ id: 1 }] });
  for (const response of idle) response.destroy();
  await expect.poll(openStates).toHaveLength(1);
});

test("one reader has so many files at a time, and others have theirs", async () => {
  const idle = await Promise.all(Array.from({ length: 8 }, () => begin(".ndjson")));
  const [refused] = [await fetch(`${door.url}/products/lab/events.csv`)];
  expect([refused?.status, refused?.headers.get("retry-after")]).toEqual([503, "5"]);
  expect(await refused?.json()).toMatchObject({ code: "gateway/too-many-files" });
  const authorization = `Bearer ${await tokenFor("ada")}`;
  const other = await fetch(`${door.url}/products/lab/events.csv?limit=1`, { headers: { authorization } });
  expect(other.status).toBe(200);
  await other.text();
  for (const response of idle) response.destroy();
  await expect.poll(openStates).toHaveLength(1);
});

test("a file that is not begun in time is refused, and nothing goes on for it", async () => {
  await using late = await openFileDoor(mesh, { changes: { limits: { requestTimeoutMs: 1 } } });
  for (const format of ["csv?order=-name", "parquet?order=-name"]) {
    const response = await fetch(`${late.url}/products/lab/events.${format}`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, "gateway/file-late"]);
  }
  await expect.poll(openStates).toHaveLength(1);
});

test("an agreement that ends, ends what is being sent under it", async () => {
  let agreement: string | null = "agreement-1";
  const open = decide(anonymous, mesh.model("lab/events"), undefined);
  const changes = { decide: () => ({ ...open, agreement }) };
  await using other = await openFileDoor(mesh, { changes });
  const response = await begin(".ndjson", other.url);
  agreement = null;
  await expect(readAll(response)).rejects.toThrow(/aborted|reset|hang up/);
});

describe.each([".csv", ".parquet"])("a credential is looked at again while %s is sent", (path) => {
  const ended = async () => Promise.reject(accessError["token-expired"]({ expiredAt: "now" }));

  test.each<[string, () => Promise<Principal>]>([
    ["is over", ended],
    ["is somebody else's", async () => ({ ...lender, name: "bea" })],
    ["is of somebody who may not read it any more", async () => ({ ...lender, roles: ["nobody"] })],
  ])("and breaks off once it %s", async (_what, authenticate) => {
    await using lent = await openLent({ authenticate, time: now + 500 });
    await expect(sizeOf(await begin(path, lent.url))).rejects.toThrow(/aborted|reset|hang up/);
  });

  test("but not more often than every half second", async () => {
    await using lent = await openLent({ authenticate: ended, time: now + 499 });
    expect(await sizeOf(await begin(path, lent.url))).toBeGreaterThan(1_000_000);
  });
});

async function sizeOf(response: AsyncIterable<Buffer>): Promise<number> {
  return Buffer.byteLength(await readAll(response));
}

const lender: Principal = { ...anonymous, kind: "person", name: "ada" };

interface Lent {
  readonly authenticate: () => Promise<Principal>;
  readonly time: number;
}

/** @param then what is so from the first piece of a file on */
async function openLent(then: Lent): Promise<FileDoor> {
  let state: Lent = { authenticate: async () => lender, time: now };
  let pieces = Number.NEGATIVE_INFINITY;
  const changes: Partial<GatewaySettings> = {
    clock: () => state.time,
    authenticate: () => {
      // The first decision behind it chooses the file.
      pieces = -1;
      return state.authenticate();
    },
    decide: (principal, model, purpose) => {
      pieces += 1;
      if (pieces === 1) state = then;
      const open = decide(principal, model, purpose);
      return { ...open, readable: open.readable && !principal.roles.includes("nobody") };
    },
  };
  return openFileDoor(mesh, { changes });
}

test("an older state is read for as long as it is kept, and pages stay in theirs", async () => {
  const first = mesh.readSide.attached().find(({ product }) => product === "events");
  if (first === undefined) throw new Error("nothing is published");
  const files = { states: mesh.readSide, kept: async () => [first] };
  await using other = await openFileDoor(mesh, { changes: { files } });
  const page = await begin(".csv?limit=2", other.url);
  await readAll(page);
  await mesh.publish("lab/events", manyRows(3, "later"));
  const old = await begin(`.csv?snapshot=${first.id}&limit=1&select=name`, other.url);
  expect(await readAll(old)).toBe('name\r\n"first of 1"\r\n');
  const next = /<\/products\/lab\/events([^>]+)>; rel="next"/.exec(String(page.headers.link))?.[1] ?? "";
  expect((await readAll(await begin(next, other.url))).split("\r\n")[1]).toContain('"first of 3"');
  expect(await readAll(await begin(".csv?select=name", other.url))).toContain("later of 1");
  const parquet = await fetch(`${other.url}/products/lab/events.parquet?snapshot=${first.id}`, { method: "HEAD" });
  expect(parquet.headers.get("x-mesh-rows")).toBe(String(rows));
  await mesh.publish("lab/events", manyRows(rows, "first"));
});

test("what this process has served can be asked for while nobody knows what is kept", async () => {
  const first = mesh.readSide.attached().find(({ product }) => product === "events");
  let isAway = true;
  const kept = async () => {
    if (isAway) throw new Error("the control plane is away");
    return first === undefined ? [] : [first];
  };
  await using other = await openFileDoor(mesh, { changes: { files: { states: mesh.readSide, kept } } });
  const ask = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${other.url}/products/lab/events.csv?select=name&limit=1${query}`, { headers });
  const etag = (await ask("")).headers.get("etag") ?? "";
  expect((await ask("", { "if-none-match": etag })).status).toBe(304);
  await mesh.publish("lab/events", manyRows(3, "later"));
  expect(await (await ask("")).text()).toContain("later of 1");
  const old = await ask(`&snapshot=${first?.id}`);
  expect([old.headers.get("etag"), await old.text()]).toEqual([etag, 'name\r\n"first of 1"\r\n']);
  expect((await ask(`&snapshot=${first?.id}`, { "if-none-match": etag })).status).toBe(304);
  // Of what it has never served nobody can tell whether it is kept.
  expect((await ask("&snapshot=another")).status).toBe(500);
  isAway = false;
  expect((await ask("&snapshot=another")).status).toBe(404);
  await mesh.publish("lab/events", manyRows(rows, "first"));
});

test("a server that stops lets a file in flight finish", async () => {
  // The machine of a test may be busy.
  const other = await openFileDoor(mesh, { changes: { limits: { drainMs: 3_600_000 } } });
  const response = await begin(".ndjson", other.url);
  const [text] = await Promise.all([readAll(response), other[Symbol.asyncDispose]()]);
  expect(text.trim().split("\n")).toHaveLength(rows);
});

test("a Parquet file that would fill the disk is refused, and the place is free again", async () => {
  await using small = await openFileDoor(mesh, { limitBytes: 10_000 });
  const response = await fetch(`${small.url}/products/lab/events.parquet`);
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
    413,
    "gateway/export-too-large",
  ]);
  expect((await fetch(`${small.url}/products/lab/events.parquet?limit=10`)).status).toBe(200);
});
