import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Domain } from "@thoth/pipeline/domain";
import { tempDir } from "@thoth/testing/temp-dir";
import { expect, test } from "vitest";
import { writeSample } from "./write-sample.ts";

async function domainWith(body: string) {
  const dir = await tempDir();
  await mkdir(join(dir.path, "d"));
  const code = `import { writeFileSync } from "node:fs";
export default { name: "d", sample: async () => ({ writeSample: async (options: { dir: string; seed: number }) => { ${body} } }) };`;
  await writeFile(join(dir.path, "d/domain.ts"), code);
  const domain = { name: "d", dir: join(dir.path, "d") } as Partial<Domain> as Domain;
  return { ...dir, domain, options: { dir: dir.path, seed: 7, scale: 1, asOf: 0 } };
}

const never = new AbortController().signal;

test("the domain's own code writes where it is told to", async () => {
  await using made = await domainWith(`writeFileSync(options.dir + "/out", String(options.seed));`);
  await writeSample(made.domain, made.options, never);
  expect(await readFile(join(made.path, "out"), "utf8")).toBe("7");
});

test("a failure names the domain", async () => {
  await using made = await domainWith(`throw new Error("no idea");`);
  await expect(writeSample(made.domain, made.options, never)).rejects.toMatchObject({
    code: "cli/sample-failed",
    message: "The sample data of d cannot be written: no idea",
  });
});

test("code that never comes to an end is stopped all the same", async () => {
  await using made = await domainWith("for (;;);");
  const signal = AbortSignal.timeout(100);
  await expect(writeSample(made.domain, made.options, signal)).rejects.toThrow(/timeout/);
});
