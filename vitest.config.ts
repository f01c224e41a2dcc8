import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Packages of the workspace are tested from their sources. vitest hands this condition to its workers as well. */
// `module-sync` as Node itself has it: without it our code and the libraries would load two copies of graphql.
const conditions = ["thoth-source", "module-sync", "node"];

/** The embedded engine's code is not optimised: that takes as much as most of these files do. */
const execArgv = ["--liftoff-only"];

const noTests = ["**/node_modules/**", "**/dist/**", "**/fixtures/**", "var/**", "templates/**"];

/**
 * Files that need a process of their own: they set what belongs to the process, measure its memory, or leave much in it.
 * The others share one: to start it and to load the engine and the libraries takes longer than most of them.
 */
const alone = [
  "platform/{control,pipeline,testing}/**/*.test.ts",
  "gateway/server/src/compose-schema.test.ts",
  "platform/access/src/secured-sql/memory-watch.test.ts",
  "platform/warehouse/src/counted-memory.test.ts",
  "gateway/server/src/sql-port/flood.test.ts",
  "**/*.property.test.ts",
];

/** The longest first, as vitest has it, but those of one project after another, so that their process goes on. */
class ByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...Map.groupBy(sorted, ({ project }) => project.name).values()].flat();
  }
}

/** In two lots, so that what they leave in their process stays less than a machine has. */
function together(name: string, include: readonly string[]): TestProjectInlineConfiguration {
  const test = { name, include: [...include], exclude: [...noTests, ...alone], isolate: false };
  return { extends: true, test };
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    // How long anything takes is up to the machine: what is waited for comes, or never does.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 10_000,
    expect: { poll: { timeout: 300_000 } },
    sequence: { sequencer: ByProject },
    projects: [
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          exclude: noTests,
          globalSetup: "e2e/made-once-setup.ts",
          execArgv,
        },
      },
      { extends: true, test: { name: "alone", include: alone, exclude: [...noTests, "e2e/**"], execArgv } },
      together("platform", ["platform/**/*.test.ts"]),
      together("gateway", ["{gateway,domains,tools,bench}/**/*.test.ts"]),
    ],
  },
});
