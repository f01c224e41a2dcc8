import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serveMesh } from "./mesh-process.ts";
import { loansProject, type SmallProject } from "./small-project.ts";

/** Who read what, and who is told of what is published, across processes that stop and are killed. */

interface Doctor {
  readonly ok: boolean;
  readonly symptoms: readonly { readonly what: string; readonly state: string; readonly finding: string }[];
}

async function examineTrail(project: SmallProject): Promise<string[]> {
  const { out } = await project.mesh(["doctor", "--json"]);
  const { symptoms } = JSON.parse(out) as Doctor;
  return symptoms.filter(({ what }) => what.startsWith("audit")).map(({ state, finding }) => `${state}: ${finding}`);
}

async function segments(project: SmallProject): Promise<string[]> {
  const folder = join(project.root, "var/audit");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson"));
  return names.toSorted().map((name) => join(folder, name));
}

async function reads(project: SmallProject): Promise<string[]> {
  const texts = await Promise.all((await segments(project)).map((file) => readFile(file, "utf8")));
  const records = texts
    .join("")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return records
    .filter(({ event }) => event === "read")
    .map(({ port, principal, outcome }) => `${port} ${principal} ${outcome}`);
}

const delivered = { product: "loans", delivered: 1, waiting: 0, dead: [] };

async function webhooks(project: SmallProject): Promise<unknown> {
  return JSON.parse((await project.mesh(["webhook", "list", "--json"])).out);
}

test("what a mesh that was killed has refused is there, mesh doctor finds what is changed, and webhooks are told", async () => {
  await using project = await loansProject();
  const told: string[] = [];
  await using receiver = createServer((request, response) => {
    told.push(String(request.headers["webhook-id"]));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const added = await project.mesh(["webhook", "add", hook, "library-loans/loans", "--allow-private"]);
  expect(added, added.err).toMatchObject({ code: 0, out: expect.stringContaining("whsec_") });
  {
    await using mesh = await serveMesh(["up"], { cwd: project.root });
    await expect.poll(() => told.length).toBe(1);
    await expect.poll(() => webhooks(project)).toMatchObject([delivered]);
    const refused = await fetch(`${mesh.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer nonsense" },
      body: '{"query":"{ loans { totalCount } }"}',
    });
    expect(refused.status).toBe(401);
    await mesh.stop("SIGKILL");
  }
  expect(await project.mesh(["sql", "select count(*) from library_loans.product.loans"])).toMatchObject({ code: 0 });
  expect(await reads(project)).toContainEqual(expect.stringMatching(/^cli local\S* allowed$/));
  expect(await webhooks(project)).toMatchObject([delivered]);
  expect(await examineTrail(project)).toEqual([expect.stringMatching(/^good: \d+ records in \d+ chains$/)]);
  const written = await Promise.all(
    (await segments(project)).map(async (file) => ({ file, text: await readFile(file, "utf8") })),
  );
  const [refusal] = written.filter(({ text }) => text.includes("access/token-invalid"));
  const { file: killed, text } = refusal ?? { file: "", text: "" };
  expect(text).toContain("access/token-invalid");
  await writeFile(killed, text.replace("access/token-invalid", "access/token-expired"));
  expect(await examineTrail(project)).toEqual([
    expect.stringMatching(/^bad: it is not as it was written: 1 fault/),
    expect.stringMatching(/^bad: changed: record \d+ is not as it was written$/),
  ]);
});
