import { checkProduct } from "../check-product.ts";
import { type ContractFile, contractFile } from "../contract-files.ts";
import { type Finding, formatPath, inReadingOrder, type Report } from "../finding.ts";
import type { ReadTarget } from "../follow-link.ts";
import type { DataContract } from "../generated/odcs.ts";
import type { ParsedContract } from "../parse-contract.ts";
import { resolveRelationships } from "../resolve-relationships.ts";
import { checkCustomRules } from "./check-custom-rules.ts";
import { checkExamples } from "./check-examples.ts";
import { checkIds } from "./check-ids.ts";
import { checkMetrics } from "./check-metrics.ts";
import { checkPeople } from "./check-people.ts";
import { checkPromiseWords } from "./check-promise-words.ts";
import { checkReferences } from "./check-references.ts";
import { checkUnheld } from "./check-unheld.ts";

export interface LintOptions {
  /** Whether the house rules bind. For contracts of others, and for what is published and final, they only warn. */
  readonly own: boolean;
  /** Follows relationships into other contracts; without it they are not followed. */
  readonly readTarget?: ReadTarget;
  /** The newest published version of the same product, against which ids must be stable. */
  readonly published?: DataContract;
}

/** Everything that is to be said about one contract: by the standard, and by the house. */
export function lintContract(parsed: ParsedContract, { own, readTarget, published }: LintOptions): Finding[] {
  const { contract, file, locate } = parsed;
  if (contract === undefined) return [...parsed.findings];
  const findings: Finding[] = [];
  const report: Report = (path, { rule, message, hint, severity = "error" }) =>
    findings.push({ rule, severity, file, ...locate(path), path: formatPath(path), message, hint });
  if (readTarget) findings.push(...resolveRelationships(parsed, readTarget).findings);
  else checkReferences(contract, report);
  checkMetrics(contract, report);
  checkCustomRules(contract, report);
  checkPeople(contract, report);
  checkPromiseWords(contract, report);
  checkIds(contract, published, report);
  checkExamples(contract, report);
  checkUnheld(contract, report);
  checkPlace(contract, contractFile(file), report);
  const further = [...checkProduct(parsed), ...findings].map((finding) => (own ? finding : asAdvice(finding)));
  return inReadingOrder([...parsed.findings, ...further]);
}

function asAdvice(finding: Finding): Finding {
  return finding.rule.startsWith("house-") && finding.severity === "error"
    ? { ...finding, severity: "warning" }
    : finding;
}

/** Folders are found by name, so a contract lies where its domain, name and version say. */
function checkPlace(contract: DataContract, place: ContractFile | undefined, report: Report): void {
  if (place === undefined) return;
  const said = [
    ["domain", contract.domain, place.domain],
    ["name", contract.name, place.product],
    ...(place.kind === "published" ? [["version", contract.version, place.version] as const] : []),
  ] as const;
  for (const [key, says, lies] of said) {
    if (says === lies) continue;
    report([key], {
      rule: "house-misplaced",
      message: `The contract says ${key} ${says ?? "nothing"}, but lies in the folder of ${lies}`,
      hint: `Write \`${key}: ${lies}\`, or move the file.`,
    });
  }
}
