import { defineErrors } from "@thoth/kernel/mesh-error";

export const pipelineError = defineErrors("pipeline", {
  "domain-not-found": (p: { file: string }) => ({
    message: `No domain can be loaded from ${p.file}`,
    hint: "The file must export `default defineDomain({ … })`; `mesh new domain <name>` writes one.",
  }),
  "domain-not-loaded": (p: { file: string; reason: string }) => ({
    message: `${p.file} cannot be run: ${p.reason}`,
    hint: "Correct the file, or what it imports; `npm run types` finds most of it.",
  }),
  "domain-name": (p: { name: string; folder: string }) => ({
    message: `The domain calls itself ${p.name} and lies in the folder ${p.folder}`,
    hint: "Name and folder must be the same kebab-case word, because files, SQL catalog and contracts are found by it.",
  }),
  "bad-name": (p: { what: string; name: string }) => ({
    message: `${p.what} cannot be called ${p.name}`,
    hint: "Use lower-case words joined by hyphens, beginning with a letter, such as unit-progress.",
  }),
  "duplicate-product": (p: { product: string }) => ({
    message: `The domain lists ${p.product} twice`,
    hint: "Remove one of the entries in `products`.",
  }),
  "missing-file": (p: { what: string; owner: string }) => ({
    message: `${p.owner} has no ${p.what}`,
    hint: "`mesh new domain` and `mesh new product` write every file that is needed.",
  }),
  "contract-mismatch": (p: { product: string; found: string }) => ({
    message: `The contract of ${p.product} says that it is ${p.found}`,
    hint: "Set `domain` and `name` of the contract to the domain's and the product's folder names.",
  }),
  "previous-file": (p: { product: string; major: number }) => ({
    message: `No earlier major version of ${p.product} ${p.major}.x can be read from this file`,
    hint: "Call it v<N>.sql, N being an earlier major version from 1 on: previous/v1.sql makes 1.x from the current one.",
  }),
  "previous-unpublished": (p: { product: string; major: number }) => ({
    message: `No contract ${p.major}.x of ${p.product} has been published, so nobody can know what this query must yield`,
    hint: `Publish it as contracts/published/${p.product}/${p.major}.<minor>.<patch>.odcs.yaml, or remove the file.`,
  }),
  "duplicate-stream": (p: { stream: string; domain: string }) => ({
    message: `Two sources of ${p.domain} both fill raw.${p.stream}`,
    hint: "Give one of the streams another name.",
  }),
  "unknown-table": (p: { table: string; known: readonly string[]; nearest?: string | undefined }) => ({
    message: `There is no ${p.table}`,
    hint: `${p.nearest === undefined ? "" : `Did you mean ${p.nearest}? `}Known here: ${p.known.join(", ") || "nothing yet"}.`,
  }),
  "wrong-layer": (p: { table: string; reader: string }) => ({
    message: `${p.reader} may not read ${p.table}`,
    hint: "Queries in clean/ read raw streams and cleaned tables; product.sql reads cleaned tables and products.",
  }),
  "foreign-table": (p: { table: string; owner: string }) => ({
    message: `${p.table} is a table of ${p.owner}'s own`,
    hint: `Read one of its products instead, as <domain>.product.<product>, and declare it in \`inputPorts\` in domain.ts.`,
  }),
  "not-an-input-port": (p: { product: string; reader: string }) => ({
    message: `${p.reader} reads ${p.product}, which is not one of its input ports`,
    hint: `Add "${p.product}" to \`inputPorts\` of the product in domain.ts, or read something else.`,
  }),
  "unknown-input-port": (p: { port: string; product: string; known: readonly string[] }) => ({
    message: `${p.product} declares the input port ${p.port}, and there is no such product`,
    hint: `Known: ${p.known.join(", ") || "no product of another domain"}.`,
  }),
  "bad-cron": (p: { target: string; cron: string; reason: string }) => ({
    message: `The schedule of ${p.target} cannot be read: ${JSON.stringify(p.cron)}: ${p.reason}`,
    hint: 'Write minute, hour, day of month, month and day of week: "0 4 * * *" is every day at four.',
  }),
  "bad-time-zone": (p: { target: string; timeZone: string }) => ({
    message: `The schedule of ${p.target} is in the time zone ${JSON.stringify(p.timeZone)}, which nobody knows`,
    hint: 'Write an IANA name such as "Australia/Melbourne", or leave timeZone out for UTC.',
  }),
  "unknown-trigger": (p: { target: string; product: string; known: readonly string[] }) => ({
    message: `${p.target} waits for ${p.product} to be published, and there is no such product`,
    hint: `Known: ${p.known.join(", ")}.`,
  }),
  "bad-limit": (p: { target: string; limit: string; value: number }) => ({
    message: `The schedule of ${p.target} says ${p.limit}: ${p.value}`,
    hint: "timeoutMinutes is more than 0; attempts is a whole number from 1 on.",
  }),
  "bad-range": (p: { range: string; reason: string }) => ({
    message: `${p.range} cannot be loaded again: ${p.reason}`,
    hint: "Write the first and the last day: 2026-01-01..2026-03-31. At most 1,000 parts; --by week or month makes fewer.",
  }),
  "not-backfillable": (p: { target: string; reasons: readonly string[] }) => ({
    message: `No part of ${p.target} can be loaded again by itself: ${p.reasons.join("; ")}`,
    hint: `\`mesh run ${p.target} --full\` loads all of it again.`,
  }),
  "unknown-event": (p: { event: string; known: readonly string[] }) => ({
    message: `Nothing waits for an event called ${p.event}`,
    hint: `Known: ${p.known.join(", ") || "none; a schedule names them in onEvent"}.`,
  }),
  "event-is-target": (p: { target: string; kind: "domain" | "product"; known: readonly string[] }) => ({
    message: `${p.target} is a ${p.kind}, and no event`,
    hint: `\`mesh run ${p.target}\` runs it. Events are what schedules name in onEvent: ${p.known.join(", ") || "none so far"}.`,
  }),
  "unknown-target": (p: { target: string; known: readonly string[] }) => ({
    message: `There is no domain or product called ${p.target}`,
    hint: `Known: ${p.known.join(", ")}.`,
  }),
  "input-not-published": (p: { input: string; product: string }) => ({
    message: `${p.product} reads ${p.input}, of which nothing is published yet`,
    hint: `Run ${p.input} first: mesh run ${p.input}`,
  }),
  "input-withheld": (p: { input: string; product: string }) => ({
    message: `${p.product} reads ${p.input}, of which an older state is current that is not served: people in it may not agree any more`,
    hint: `Run mesh run ${p.input} --full, which publishes the current state of its sources, and then this again. Where it is known who agrees, mesh up, when it starts, leaves the others out of the older state.`,
  }),
  "columns-differ": (p: {
    query: string;
    product: string;
    missing: readonly string[];
    extra: readonly string[];
    repeated: readonly string[];
  }) => ({
    message: `${p.query} of ${p.product} does not yield the contract's columns${listed("missing", p.missing)}${listed("not in the contract", p.extra)}${listed("more than once", p.repeated)}`,
    hint: "Make the names of the SELECT list and the contract's properties equal.",
  }),
  "column-type": (p: { query: string; column: string; found: string; promised: string }) => ({
    message: `${p.query} yields ${p.column} as ${p.found}, and the contract promises ${p.promised}`,
    hint: `Cast it in ${p.query}, or change the contract.`,
  }),
  "cast-failed": (p: { product: string; column: string; type: string; detail: string }) => ({
    message: `A value of ${p.column} of ${p.product} does not fit ${p.type}${p.detail}`,
    hint: "Correct the value in clean/*.sql or product.sql, or promise a wider type.",
  }),
  "query-failed": (p: { table: string; detail: string }) => ({
    message: `The query of ${p.table} failed: ${p.detail}`,
    hint: "Correct the SQL; a case of `domainCases` in the test beside it tries it on rows of your own.",
  }),
  "rule-refused": (p: { rule: string; product: string; reason: string; hint: string }) => ({
    message: `The rule ${p.rule} of ${p.product} cannot be a check: ${p.reason}`,
    hint: p.hint,
  }),
  "previous-broken": (p: { product: string; version: string; failed: readonly string[] }) => ({
    message: `${p.product} would break what its version ${p.version} still promises: ${p.failed.join("; ")}`,
    hint: "Nothing was published and the last good snapshot still serves. Correct the mapping in previous/, or product.sql, and run again.",
  }),
  "check-not-run": (p: { product: string; rules: readonly string[] }) => ({
    message: `${p.product} cannot be judged: ${p.rules.join("; ")}`,
    hint: "Nothing was published and the last good snapshot still serves. Correct the rule in the contract; it counts whatever its severity.",
  }),
  "too-many-rejected": (p: {
    product: string;
    rejected: number;
    rows: number;
    limit: number;
    failed: readonly string[];
  }) => ({
    message: `${p.rejected} of ${p.rows} rows of ${p.product} broke its contract, more than the share of ${p.limit} that it may do without: ${p.failed.join("; ")}`,
    hint: "Nothing was published and the last good snapshot still serves. `mesh quality --rejected` shows the rows.",
  }),
  anomaly: (p: { product: string; found: readonly string[] }) => ({
    message: `${p.product} is unlike what it was before: ${p.found.join("; ")}`,
    hint: "Nothing was published, because the contract makes this an error. If the change is real, run again with a higher `threshold` or severity warning.",
  }),
  "counts-differ": (p: { what: string; expected: number; found: number; how: string }) => ({
    message: `Rows of ${p.what} do not add up: there must be ${p.expected} (${p.how}), and there are ${p.found}`,
    hint: "Nothing was published and what was published before still serves. Run again with --full; if it stays, this is a fault of the mesh.",
  }),
  "consent-broken": (p: { product: string; failed: readonly string[] }) => ({
    message: `${p.product} would show what people have not agreed to, or who they are: ${p.failed.join("; ")}`,
    hint: "Nothing was published. Correct the SQL that brings consent, pseudonyms or columns into the product; what was published before still serves, and whoever withdrew is in it until this is published.",
  }),
  "checks-failed": (p: { product: string; failed: readonly string[]; rows?: "served" | "staged" }) => ({
    message: `${p.product} broke its contract${p.rows === "served" ? ", though its rows are as they were" : ""}: ${p.failed.join("; ")}`,
    hint:
      p.rows === "served"
        ? "What was published before still serves, and those are the rows that this is about. See whether the source still delivers, and what the products that it refers to have lost, and run again."
        : "Nothing was published and the last good snapshot still serves. Correct the source or the SQL and run again; `mesh quality --rejected` shows rows that were held back.",
  }),
});

function listed(label: string, names: readonly string[]): string {
  return names.length === 0 ? "" : `; ${label}: ${names.join(", ")}`;
}
