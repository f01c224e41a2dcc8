import { defineConfig } from "vitest/config";

/** Packages of the workspace are tested from their sources. vitest hands this condition to its workers as well. */
// `module-sync` as Node itself has it: without it our code and the libraries would load two copies of graphql.
const conditions = ["thoth-source", "module-sync", "node"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["{platform,domains,gateway,tools,bench,e2e}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "**/fixtures/**", "var/**", "templates/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 10_000,
  },
});
