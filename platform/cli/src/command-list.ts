import type { Command } from "./command.ts";

/** A command as the overview shows it. It is imported when it is called: most need neither the engine nor the gateway. */
export interface CommandEntry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** By what follows `mesh`: one word or two. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  up: {
    summary: "run what is missing and serve everything",
    load: async () => (await import("./commands/up.ts")).up,
  },
  serve: {
    summary: "serve the gateway or one domain from this process",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  run: {
    summary: "run pipelines: extract, clean, audit, publish",
    load: async () => (await import("./commands/run.ts")).run,
  },
  runs: {
    summary: "show the run ledger",
    load: async () => (await import("./commands/runs.ts")).runs,
  },
  rollback: {
    summary: "serve an older snapshot of a product again",
    load: async () => (await import("./commands/rollback.ts")).rollback,
  },
  query: {
    summary: "ask one GraphQL question across all domains",
    load: async () => (await import("./commands/query.ts")).query,
  },
  sql: {
    summary: "run a SELECT over the published products",
    load: async () => (await import("./commands/sql.ts")).sql,
  },
  check: {
    summary: "judge contracts, queries, generated files and schema",
    load: async () => (await import("./commands/check.ts")).check,
  },
  doctor: {
    summary: "examine this machine and this mesh's state",
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  token: {
    summary: "sign a development token",
    load: async () => (await import("./commands/token.ts")).token,
  },
  "new domain": {
    summary: "write a domain from the template",
    load: async () => (await import("./commands/new-domain.ts")).newDomain,
  },
  "new product": {
    summary: "write a product from the template into a domain",
    load: async () => (await import("./commands/new-product.ts")).newProduct,
  },
  "contract lint": {
    summary: "judge contracts by the standard and the house",
    load: async () => (await import("./commands/contract-lint.ts")).contractLint,
  },
  "contract diff": {
    summary: "say what a contract changes, for whom, and which version it needs",
    load: async () => (await import("./commands/contract-diff.ts")).contractDiff,
  },
  "contract publish": {
    summary: "publish contracts for other domains to rely on",
    load: async () => (await import("./commands/contract-publish.ts")).contractPublish,
  },
};
