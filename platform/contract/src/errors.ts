import { defineErrors } from "@thoth/kernel/mesh-error";
import type { Finding } from "./finding.ts";

export const contractError = defineErrors("contract", {
  invalid: (p: { file: string; findings: readonly Finding[] }) => ({
    message: `${p.file} is not a valid contract:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "Correct the contract.",
  }),
  unreadable: (p: { file: string }) => ({
    message: `Contract ${p.file} cannot be read`,
    hint: "Check that the file exists and may be read.",
  }),
  "published-is-final": (p: { id: string; version: string; file: string }) => ({
    message: `${p.id} ${p.version} is already published as ${p.file}, with other content`,
    hint: "A published contract never changes. Raise `version` in the product's contract and publish that.",
  }),
  "glossary-invalid": (p: { findings: readonly Finding[] }) => ({
    message: `The glossary is not valid:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "Correct the term.",
  }),
  misplaced: (p: { says: string; lies: string }) => ({
    message: `The contract says it is ${p.says}, but lies in the folder of ${p.lies}`,
    hint: "Correct `domain`, `name` or `version`, or move the file.",
  }),
  "not-published": (p: { id: string }) => ({
    message: `${p.id} has no published contract`,
    hint: `Publish it first: mesh contract publish ${p.id}`,
  }),
  "outside-repository": (p: { reference: string }) => ({
    message: `${p.reference} leads out of the repository`,
    hint: "Relationships lead to contracts of this repository: ../<product>/contract.odcs.yaml or contracts/published/….",
  }),
  "no-such-product": (p: { file: string }) => ({
    message: `${p.file} is not a product's contract`,
    hint: "Name a file such as domains/<domain>/products/<product>/contract.odcs.yaml.",
  }),
  "register-invalid": (p: { findings: readonly Finding[] }) => ({
    message: `The register of published versions is not valid:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "Undo the edit: mesh writes this file.",
  }),
  "no-council": (p: { file: string }) => ({
    message: `There is no ${p.file}, so nobody can decide`,
    hint: "Name the members, the quorum and the windows there; docs/council.md shows how.",
  }),
  "council-invalid": (p: { findings: readonly Finding[] }) => ({
    message: `The council is not valid:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "Correct the file.",
  }),
  "purposes-invalid": (p: { findings: readonly Finding[] }) => ({
    message: `The list of purposes is not valid:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "Correct the file.",
  }),
  "no-review": (p: { changeset: string; known: readonly string[] }) => ({
    message: `There is no review of a changeset called ${p.changeset}`,
    hint: `Known: ${p.known.join(", ") || "none"}. mesh contract changeset opens one.`,
  }),
  "review-invalid": (p: { findings: readonly Finding[] }) => ({
    message: `The review is not valid:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "Undo the edit: mesh writes this file.",
  }),
  "review-released": (p: { changeset: string }) => ({
    message: `${p.changeset} has been released; there is nothing left to decide`,
    hint: "Change the contract again and open a new changeset.",
  }),
  "review-stale": (p: { changeset: string; products: readonly string[] }) => ({
    message: `${p.products.join(", ")} is not what the review of ${p.changeset} records any more`,
    hint: `Record the changeset again, then decide: mesh contract changeset --name ${p.changeset}. Votes for what it was are void.`,
  }),
  "not-on-council": (p: { name: string; known: readonly string[] }) => ({
    message: `${p.name} is not on the council`,
    hint: `Say who you act as with --as: ${p.known.join(", ")}. Members are named in contracts/council.yaml.`,
  }),
  "own-changeset": (p: { name: string; changeset: string }) => ({
    message: `${p.name} wrote ${p.changeset}, and nobody decides about their own changeset`,
    hint: "Ask another member of the council.",
  }),
  "already-said": (p: { name: string; what: string; at: string }) => ({
    message: `${p.name} has said "${p.what}" about this on ${p.at} already`,
    hint: "Nothing to do. Another vote by the same member takes the place of the one before.",
  }),
  "no-emergency-role": (p: { name: string; known: readonly string[] }) => ({
    message: `${p.name} cannot release in an emergency`,
    hint: `Members who can: ${p.known.join(", ") || "none"}. Everybody else approves without --emergency.`,
  }),
  "not-affected": (p: { domain: string; changeset: string; affected: readonly string[] }) => ({
    message: `${p.domain} was not seen using what ${p.changeset} breaks`,
    hint: `Affected: ${p.affected.join(", ") || "nobody"}.`,
  }),
  "which-domain": (p: { name: string; domains: readonly string[] }) => ({
    message: `${p.name} speaks for several affected domains: ${p.domains.join(", ")}`,
    hint: `Say for which: --domain ${p.domains[0]}`,
  }),
  "not-speaker": (p: { name: string; domain: string; speakers: readonly string[] }) => ({
    message: `${p.name} does not speak for ${p.domain}`,
    hint: `Those who do: ${p.speakers.join(", ") || "nobody; contracts/council.yaml names them"}.`,
  }),
  "changeset-invalid": (p: { file: string; reason: string }) => ({
    message: `${p.file} is not a changeset: ${p.reason}`,
    hint: 'Begin it with lines such as "@thoth/ontrack-learning": minor between two lines of ---.',
  }),
  "changeset-exists": (p: { name: string }) => ({
    message: `There is a changeset called ${p.name} already, about something else`,
    hint: "Choose another --name.",
  }),
  "changeset-overlap": (p: { product: string; names: readonly string[] }) => ({
    message: `${p.product} is already part of ${p.names.join(" and of ")}`,
    hint: `Record that one again: mesh contract changeset --name ${p.names[0]}. A contract can be in one open changeset only.`,
  }),
  "changeset-which": (p: { names: readonly string[] }) => ({
    message: `Several changesets are open: ${p.names.join(", ")}`,
    hint: `Say which one to record again: mesh contract changeset --name ${p.names[0]}`,
  }),
  "change-refused": (p: { product: string; problems: readonly string[] }) => ({
    message: `${p.product} changes in a way that no version makes right:\n${p.problems.map((one) => `  ${one}`).join("\n")}`,
    hint: `mesh contract diff ${p.product} says what to do instead.`,
  }),
  "needs-changeset": (p: { id: string; version: string; changeClass: string }) => ({
    message: `${p.id} ${p.version} is a ${p.changeClass} change of what others rely on, so it is not published without a review`,
    hint: `mesh contract changeset ${p.id} opens one; npm run version publishes it when the council has decided.`,
  }),
  "no-package": (p: { domain: string }) => ({
    message: `domains/${p.domain}/package.json does not name a package`,
    hint: `Give it a "name", such as @thoth/${p.domain}: changesets move the version of packages.`,
  }),
  "no-mapping": (p: { product: string; major: number; file: string }) => ({
    message: `${p.file} does not say how version ${p.major} of ${p.product} is served from the new one`,
    hint: `Write a block \`\`\`sql whose first line is \`-- ${p.product} v${p.major}\`; mesh contract changeset proposes one.`,
  }),
  "two-mappings": (p: { product: string; major: number }) => ({
    message: `The query that serves version ${p.major} of ${p.product} was edited in two places: here and in the changeset`,
    hint: "Make both the same, or undo one of the edits; then record the changeset again.",
  }),
  "not-releasable": (p: { findings: readonly Finding[] }) => ({
    message: `Nothing was released:\n${p.findings.map(findingLine).join("\n")}`,
    hint: p.findings[0]?.hint ?? "mesh check --release says what is missing.",
  }),
});

function findingLine(finding: Finding): string {
  return `  ${finding.file}:${finding.line}:${finding.column} ${finding.rule}: ${finding.message}`;
}
