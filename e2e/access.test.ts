import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Environment, mesh, repository, type ServingMesh, serveMesh } from "./mesh-process.ts";
import { publishedHome, sampleScale } from "./published-home.ts";

const product = "ontrack-learning/student-progress";
const closing = new AsyncDisposableStack();
let env: Environment;
let server: ServingMesh;
let token: string;
let sql: pg.Client;

beforeAll(async () => {
  const home = closing.use(await publishedHome());
  env = { MESH_HOME: home.path, ...sampleScale, MESH_SQL_PORT: "0" };
  server = closing.use(await serveMesh(["up"], { cwd: repository, env }));
  token = (await command("token", "--as", "ada")).trim();
  const { hostname, port } = new URL(server.sql ?? "");
  sql = new pg.Client({ host: hostname, port: Number(port), database: "mesh", user: "ada", password: token });
  sql.on("error", () => undefined);
  closing.defer(() => sql.end());
  await sql.connect();
});
afterAll(() => closing.disposeAsync());

/** Runs a command beside the serving mesh and returns what it printed. */
async function command(...args: string[]): Promise<string> {
  const { code, out, err } = await mesh(args, { cwd: repository, env });
  if (code !== 0) throw new Error(`mesh ${args.join(" ")} ended with ${code}:\n${out}${err}`);
  return out;
}

async function graphql(query: string) {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as { data: Record<string, unknown>; errors?: { extensions: { code: string } }[] };
}

const groups = `{ studentProgressAggregate(groupBy: [TARGET_GRADE], orderBy: [{ group: { targetGrade: ASC } }]) {
  group { targetGrade } count avg { submitted } } }`;
const sameGroups = `select target_grade, count(*)::int as count, avg(submitted) as mean
  from ontrack_learning.student_progress group by 1 order by 1`;

interface Group {
  readonly group: { readonly targetGrade: string };
  readonly count: number;
  readonly avg: { readonly submitted: number };
}

/** What each port says: numbers over groups, or the code of its refusal. */
async function asked() {
  const answer = await graphql(groups);
  const file = await fetch(`${server.url}/products/${product}.json`, { headers: { authorization: `Bearer ${token}` } });
  const rows = await sql.query(sameGroups).then(
    (result) => result.rows,
    (error: pg.DatabaseError) => error.detail,
  );
  return {
    graphql: answer.errors?.[0]?.extensions.code ?? (answer.data.studentProgressAggregate as Group[]),
    file: file.status === 200 ? await file.json() : ((await file.json()) as { code: string }).code,
    sql: rows,
  };
}

/** By both ports: each hears of a change in its own time. */
const isRefused = async () => {
  const { graphql: answer, sql: rows } = await asked();
  return typeof answer === "string" && typeof rows === "string";
};
const isAnswered = async () => {
  const { graphql: answer, sql: rows } = await asked();
  return typeof answer !== "string" && typeof rows !== "string";
};

let id: string;

// Each test goes on from the one before.
test("what is confidential is refused on every port, also to who asked for it and waits", async () => {
  const refused = {
    graphql: "access/product-denied",
    file: "access/product-denied",
    sql: expect.stringContaining("warehouse/read-refused"),
  };
  expect(await asked()).toEqual(refused);
  const out = await command(
    ...["access", "request", product, "--as", "ada", "--role", "learning-analyst", "--purpose", "learning-research"],
    ...["--until", "2099-01-01", "--reason", "Do weekly targets help?", "--json"],
  ).catch((error: Error) => error.message);
  // Longer than the purpose allows.
  expect(out).toContain("365");
  const soon = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const made = await command(
    ...["access", "request", product, "--as", "ada", "--role", "learning-analyst", "--purpose", "learning-research"],
    ...["--until", soon, "--reason", "Do weekly targets help?", "--json"],
  );
  id = /ag_[0-9a-f]+/.exec(made)?.[0] ?? "";
  expect(await asked()).toEqual(refused);
});

test("nobody grants their own request; the steward's grant opens every port in the same way, on connections that were open", async () => {
  const own = await mesh(["access", "grant", id, "--as", "ada"], { cwd: repository, env });
  expect(own).toMatchObject({ code: 1, err: expect.stringContaining("access/agreement-own") });
  await command("access", "grant", id, "--as", "learning-data-steward");
  await expect.poll(isAnswered).toBe(true);
  const { graphql: answer, file, sql: rows } = await asked();
  const numbers = (answer as Group[]).map(({ group, count, avg }) => ({
    target_grade: group.targetGrade.toLowerCase(),
    count,
    mean: avg.submitted,
  }));
  expect(numbers.length).toBeGreaterThan(1);
  const rounded = (list: typeof numbers) => list.map((row) => ({ ...row, mean: Number(row.mean.toPrecision(12)) }));
  expect(rounded(rows as typeof numbers)).toEqual(rounded(numbers));
  expect(file).toBe("access/aggregates-only");
  const plain = await graphql("{ studentProgress(first: 1) { nodes { enrolment } } }");
  expect(plain.errors?.[0]?.extensions.code).toBe("access/aggregates-only");
});

test("a revoked agreement ends at once on every port, on connections that are open", async () => {
  await command("access", "revoke", id, "--as", "learning-data-steward", "--reason", "The study is over");
  await expect.poll(isRefused).toBe(true);
});

test("all of it is on the audit trail, which is whole, and the trail is a product", async () => {
  const doctor = await mesh(["doctor"], { cwd: repository, env });
  expect(doctor.out).toMatch(/ok +audit trail: \d+ records/);
  await command("run", "platform-operations");
  const runs = JSON.parse(await command("runs", "--json")) as { product: string | null; row_count_after: number }[];
  expect(runs.find((run) => run.product === "access-audit")?.row_count_after).toBeGreaterThan(0);
  // Who read what is for those who are granted it.
  const own = await mesh(["sql", "select count(*) from platform_operations.access_audit"], { cwd: repository, env });
  expect(own).toMatchObject({ code: 1, err: expect.stringContaining("mesh access request") });
});
