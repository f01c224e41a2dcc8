import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mesh, repository, serveMesh } from "../../e2e/mesh-process.ts";
import { copyRepository } from "./copy-repository.ts";
import { reportSteps } from "./report-steps.ts";
import { runTool } from "./run-tool.ts";

/**
 * What a newcomer does first, in a copy of the repository: a fourth domain from the template, judged, tested and formatted
 * as ours are, run, and asked for through the gateway; and a second product in it. One line a step.
 */
const domain = "library-loans";
const folder = `domains/${domain}`;

process.exitCode = await reportSteps(async (step) => {
  await using copy = await step("copy the repository", () => copyRepository(repository));
  const root = copy.path;
  const options = { cwd: root, from: root, env: { MESH_SAMPLE_SCALE: "0.02" } };
  const command = (...args: string[]) =>
    step(`mesh ${args.join(" ")}`, async () => requireSuccess(await mesh(args, options)));
  const tool = (what: string, ...call: string[]) => step(what, async () => requireSuccess(await runTool(root, call)));

  await command("new", "domain", domain, "--owner", "library-team", "--product", "loans");
  await command("new", "product", `${domain}/loan-records`, "--from", "records", "--key", "id");
  await command("check");
  await tool("its tests and the architecture's", "vitest/vitest.mjs", "run", folder, "tools/arch/architecture");
  await tool(
    "format and lint",
    "@biomejs/biome/bin/biome",
    "check",
    "--vcs-enabled=false",
    "--error-on-warnings",
    folder,
  );
  await writeFile(join(root, "tsconfig.template-test.json"), typesOf(folder));
  await tool("types", "typescript/bin/tsc", "-p", "tsconfig.template-test.json");
  await command("run", domain);
  await using gateway = await step("mesh serve gateway", () => serveMesh(["serve", "gateway"], options));
  await step("ask the gateway for both products", async () => {
    const answer = await gateway.ask("{ loans { totalCount } loanRecordsAggregate { count sum { amount } } }");
    const { loans, loanRecordsAggregate: [all] = [] } = answer.data ?? {};
    if (loans?.totalCount > 0 && all?.count === loans.totalCount && all?.sum.amount > 0) return;
    throw new Error(`the answer was ${JSON.stringify(answer)}`);
  });
});

function requireSuccess({
  code,
  out,
  err,
}: {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}): void {
  if (code !== 0) throw new Error(`exit code ${code}\n${out}${err}`);
}

function typesOf(files: string): string {
  return JSON.stringify({ extends: "./tsconfig.json", include: [`${files}/**/*.ts`] });
}
