import { decide } from "@thoth/access/decide";
import { accessError } from "@thoth/access/errors";
import { tokenKeyOf } from "@thoth/access/signing-key";
import { openSmallMesh, type SmallMesh } from "@thoth/testing/small-mesh";
import { warehouseError } from "@thoth/warehouse/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import { courses, now } from "./fixtures/campus.ts";
import { openDoor, recordLog, tokenFor } from "./fixtures/door.ts";

let mesh: SmallMesh;

beforeAll(async () => {
  mesh = await openSmallMesh([courses], { now });
});

afterAll(() => mesh?.[Symbol.asyncDispose]());

const query = "{ courses(first: 1) { nodes { code } } }";

const changed = async () => {
  const [head, , signature] = (await tokenFor("ann")).split(".");
  const claims = { iss: "thoth-mesh", sub: "root", roles: ["council"], attributes: {} };
  const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
  return `${head}.${payload}.${signature}`;
};

test("a valid token is somebody, and no token is nobody", async () => {
  const names: string[] = [];
  const ask = openDoor(mesh, {
    decide: (principal, product) => {
      names.push(principal.name);
      return decide(principal, product);
    },
  });
  names.length = 0;
  const answers = [
    await ask(query, { headers: { authorization: `Bearer ${await tokenFor("ann")}` } }),
    await ask(query),
  ];
  expect(answers.map(({ status, errors }) => [status, errors])).toEqual([
    [200, []],
    [200, []],
  ]);
  expect([...new Set(names)]).toEqual(["ann", "anonymous"]);
});

test("the purpose of a request reaches the decision", async () => {
  const purposes: (string | undefined)[] = [];
  const ask = openDoor(mesh, {
    decide: (principal, product, purpose) => {
      purposes.push(purpose);
      return decide(principal, product);
    },
  });
  purposes.length = 0;
  await ask(query, { headers: { "x-mesh-purpose": "research" } });
  expect([...new Set(purposes)]).toEqual(["research"]);
});

test.each<[string, () => Promise<string>, string]>([
  [
    "an expired token",
    async () => `Bearer ${await tokenFor("ann", { signedAt: now - 7_200_000 })}`,
    "access/token-expired",
  ],
  [
    "a token of another mesh",
    async () => `Bearer ${await tokenFor("ann", { signingKey: tokenKeyOf("00".repeat(32)) })}`,
    "access/token-invalid",
  ],
  ["a token that was changed", async () => `Bearer ${await changed()}`, "access/token-invalid"],
  ["garbage", async () => "Bearer s3cret-garbage", "access/token-invalid"],
  ["a password", async () => `Basic ${Buffer.from("ann:s3cret").toString("base64")}`, "access/token-invalid"],
  ["two words", async () => "Bearer s3cret s3cret", "access/token-invalid"],
  ["nothing behind Bearer", async () => "Bearer ", "access/token-invalid"],
])("%s is refused with its reason, and not shown again", async (_what, header, code) => {
  const log = recordLog();
  const authorization = await header();
  const answer = await openDoor(mesh, { log })(query, { headers: { authorization } });
  expect(answer.status).toBe(401);
  expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  expect(answer.data).toBeNull();
  expect(answer.errors).toHaveLength(1);
  expect(answer.errors[0]?.extensions).toMatchObject({ code, hint: expect.stringMatching(/token/i) });
  const secret = authorization.replace(/^\w+ ?/, "");
  if (secret !== "") expect(answer.text + JSON.stringify(log.lines)).not.toContain(secret);
});

test("a failure to find out who asks is no failure of the reader, and is not told", async () => {
  const log = recordLog();
  const file = "/home/mesh/var/keys/token.key";
  const ask = openDoor(mesh, {
    log,
    authenticate: async () => {
      throw accessError["key-exposed"]({ file, mode: "644" });
    },
  });
  const { status, text, errors } = await ask(query);
  expect(status).toBe(500);
  expect(errors[0]?.extensions.code).toBe("gateway/unexpected");
  expect(text).not.toContain("keys");
  expect(log.lines[0]?.details).toContain(file);
});

test("what an engine says of statements and files stays in the log", async () => {
  const log = recordLog();
  const reason = "IO Error: cannot open /home/mesh/var/snapshots/s3cret.duckdb near SELECT";
  const fail = async () => {
    throw warehouseError["statement-failed"]({ reason });
  };
  const engine = { epoch: 0, query: fail, bytes: fail };
  const { status, errors, text, data } = await openDoor(mesh, { log, engine })(
    `{ courses { totalCount } dataProducts { id } }`,
  );
  expect(status).toBe(200);
  expect(data).toEqual({ courses: null, dataProducts: [{ id: "campus/courses" }] });
  expect(errors).toMatchObject([
    { extensions: { code: "subgraph/unexpected", domain: "campus", affectedPaths: ["courses"] } },
  ]);
  expect(text).not.toMatch(/s3cret|SELECT|IO Error|home/);
  expect(log.lines).toHaveLength(1);
  expect(log.lines[0]?.details).toContain("s3cret");
  expect(log.lines[0]?.details).toContain(String(errors[0]?.extensions.correlationId));
});
