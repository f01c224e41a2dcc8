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
  "serve collector": {
    summary: "take events and telemetry in, without serving anything",
    load: async () => (await import("./commands/serve-collector.ts")).serveCollectorAlone,
  },
  "collector key": {
    summary: "make, list and revoke the keys of those who send events",
    load: async () => (await import("./commands/collector-key.ts")).collectorKey,
  },
  "collector refused": {
    summary: "show events that were not taken, and why",
    load: async () => (await import("./commands/collector-refused.ts")).collectorRefused,
  },
  "serve worker": {
    summary: "run what schedules, publishes and people ask for",
    load: async () => (await import("./commands/serve-worker.ts")).serveWorker,
  },
  run: {
    summary: "run pipelines: extract, clean, audit, publish",
    load: async () => (await import("./commands/run.ts")).run,
  },
  runs: {
    summary: "show the run ledger",
    load: async () => (await import("./commands/runs.ts")).runs,
  },
  "runs show": {
    summary: "show one run: steps, log, what it read and made, and what is to blame",
    load: async () => (await import("./commands/runs-show.ts")).runsShow,
  },
  "runs retry": {
    summary: "send what was given up again",
    load: async () => (await import("./commands/runs-retry.ts")).runsRetry,
  },
  "schedule list": {
    summary: "show what starts by itself, and when next",
    load: async () => (await import("./commands/schedule-list.ts")).scheduleList,
  },
  "schedule pause": {
    summary: "let a domain or product start nothing by itself",
    load: async () => (await import("./commands/schedule-pause.ts")).schedulePause,
  },
  "schedule resume": {
    summary: "let it start by itself again, and run what came due",
    load: async () => (await import("./commands/schedule-pause.ts")).scheduleResume,
  },
  "schedule fire": {
    summary: "start what waits for an event",
    load: async () => (await import("./commands/schedule-fire.ts")).scheduleFire,
  },
  "webhook add": {
    summary: "tell an address whenever a product is published",
    load: async () => (await import("./commands/webhook-add.ts")).webhookAdd,
  },
  "webhook list": {
    summary: "show who is told, and what could not be delivered",
    load: async () => (await import("./commands/webhook-list.ts")).webhookList,
  },
  "webhook remove": {
    summary: "tell an address no more",
    load: async () => (await import("./commands/webhook-change.ts")).webhookRemove,
  },
  "webhook retry": {
    summary: "send again what was given up",
    load: async () => (await import("./commands/webhook-change.ts")).webhookRetry,
  },
  source: {
    summary: "run a source of a domain by itself, as an Airbyte source",
    load: async () => (await import("./commands/source.ts")).source,
  },
  quality: {
    summary: "show what audits found, what the data is like, and rows that were held back",
    load: async () => (await import("./commands/quality.ts")).quality,
  },
  rollback: {
    summary: "serve an older snapshot of a product again",
    load: async () => (await import("./commands/rollback.ts")).rollback,
  },
  snapshots: {
    summary: "show the states of products that can be asked or gone back to",
    load: async () => (await import("./commands/snapshots.ts")).snapshots,
  },
  query: {
    summary: "ask one GraphQL question across all domains",
    load: async () => (await import("./commands/query.ts")).query,
  },
  sql: {
    summary: "run a SELECT over the published products",
    load: async () => (await import("./commands/sql.ts")).sql,
  },
  export: {
    summary: "write a product as a file: CSV, JSON, Parquet, Arrow",
    load: async () => (await import("./commands/export.ts")).exportFile,
  },
  lineage: {
    summary: "show where data comes from and what is made from it",
    load: async () => (await import("./commands/lineage.ts")).lineage,
  },
  usage: {
    summary: "show who reads which products and columns",
    load: async () => (await import("./commands/usage.ts")).usage,
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
  key: {
    summary: "make, list, replace and revoke the keys by which machines read",
    load: async () => (await import("./commands/key.ts")).key,
  },
  "access request": {
    summary: "ask to read what is confidential or restricted",
    load: async () => (await import("./commands/access-request.ts")).accessRequest,
  },
  "access list": {
    summary: "list who may read what, for which purpose, until when",
    load: async () => (await import("./commands/access-list.ts")).accessList,
  },
  "access show": {
    summary: "show one agreement, and who did what about it",
    load: async () => (await import("./commands/access-show.ts")).accessShow,
  },
  "access grant": {
    summary: "grant what was asked for, or keep what was due",
    load: async () => (await import("./commands/access-decide.ts")).accessGrant,
  },
  "access reject": {
    summary: "say no to what was asked for",
    load: async () => (await import("./commands/access-decide.ts")).accessReject,
  },
  "access revoke": {
    summary: "end an agreement at once, or give it back",
    load: async () => (await import("./commands/access-decide.ts")).accessRevoke,
  },
  "access export": {
    summary: "write agreements as AccessAgreement documents",
    load: async () => (await import("./commands/access-export.ts")).accessExport,
  },
  "access explain": {
    summary: "say what somebody sees of a product, and why",
    load: async () => (await import("./commands/access-explain.ts")).accessExplain,
  },
  lifecycle: {
    summary: "show what is deprecated, until when, and what keeps it from ending",
    load: async () => (await import("./commands/lifecycle.ts")).lifecycle,
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
  "contract impact": {
    summary: "say whom the changes of a contract reach",
    load: async () => (await import("./commands/contract-impact.ts")).contractImpact,
  },
  "contract export": {
    summary: "write contracts as schemas, tables, descriptors and documentation",
    load: async () => (await import("./commands/contract-export.ts")).contractExport,
  },
  "contract publish": {
    summary: "publish contracts for other domains to rely on",
    load: async () => (await import("./commands/contract-publish.ts")).contractPublish,
  },
  "contract changeset": {
    summary: "write down what changed contracts mean, and open their review",
    load: async () => (await import("./commands/contract-changeset.ts")).contractChangeset,
  },
  "contract version": {
    summary: "release what is in changesets: raise contract versions and publish",
    load: async () => (await import("./commands/contract-version.ts")).contractVersion,
  },
  "policy list": {
    summary: "list what the council asks of every contract, and who is let off",
    load: async () => (await import("./commands/policy-list.ts")).policyList,
  },
  "policy test": {
    summary: "judge policies by their own examples",
    load: async () => (await import("./commands/policy-test.ts")).policyTest,
  },
  "council list": {
    summary: "list changesets that the council decides about",
    load: async () => (await import("./commands/council-list.ts")).councilList,
  },
  "council show": {
    summary: "show what a changeset changes, whom it breaks and what is missing",
    load: async () => (await import("./commands/council-show.ts")).councilShow,
  },
  "council approve": {
    summary: "approve a changeset as a member of the council",
    load: async () => (await import("./commands/council-vote.ts")).councilApprove,
  },
  "council reject": {
    summary: "reject a changeset as a member of the council",
    load: async () => (await import("./commands/council-vote.ts")).councilReject,
  },
  "council ack": {
    summary: "answer for a domain that uses what a changeset breaks",
    load: async () => (await import("./commands/council-ack.ts")).councilAck,
  },
};
