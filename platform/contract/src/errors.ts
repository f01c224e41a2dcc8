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
});

function findingLine(finding: Finding): string {
  return `  ${finding.file}:${finding.line}:${finding.column} ${finding.rule}: ${finding.message}`;
}
