import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { collectErrors } from "./collect-errors.ts";
import { renderErrorReference } from "./error-reference.ts";

// Writes docs/errors.md. With --check it writes nothing and fails when the page is not what it would write.
const root = join(import.meta.dirname, "../..");
const page = "docs/errors.md";

const tables = await collectErrors(root);
const text = renderErrorReference(tables);
const count = tables.reduce((sum, { entries }) => sum + entries.length, 0);

if (!process.argv.includes("--check")) {
  mkdirSync(dirname(join(root, page)), { recursive: true });
  writeFileSync(join(root, page), text);
  console.log(`${page}: ${count} errors of ${tables.length} packages`);
} else if (currentPage() === text) {
  console.log(`${page} is up to date: ${count} errors of ${tables.length} packages`);
} else {
  console.error(
    `${page} does not say what the packages' tables of errors say.\n  hint Run \`npm run generate\` and commit the page.`,
  );
  process.exitCode = 1;
}

function currentPage(): string | undefined {
  try {
    return readFileSync(join(root, page), "utf8").replaceAll("\r\n", "\n");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
