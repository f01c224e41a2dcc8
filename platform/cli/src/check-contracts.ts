import { existsSync } from "node:fs";
import path from "node:path";
import { checkProduct } from "@thoth/contract/check-product";
import type { ContractFile, ProductContractFile } from "@thoth/contract/contract-files";
import { type Finding, hasErrors } from "@thoth/contract/finding";
import { generateProduct } from "@thoth/contract/generate-product";
import type { ParsedContract } from "@thoth/contract/parse-contract";
import { openPolicyCheck, type PolicyVerdict } from "@thoth/contract/policy/policy-check";
import { parseContractFile, readContractText } from "@thoth/contract/read-contract-file";
import type { Domain } from "@thoth/pipeline/domain";

export interface ContractVerdict {
  /** What breaks the standard, or what this mesh asks beyond it. */
  readonly invalid: readonly Finding[];
  readonly policies: PolicyVerdict;
}

/**
 * Every contract, read once: by the standard, by the house, and by the council's policies.
 * @param now epoch ms
 */
export function judgeContracts(root: string, contracts: readonly ContractFile[], now: number): ContractVerdict {
  const policies = openPolicyCheck(root, contracts, now);
  const invalid = contracts.flatMap((place) => {
    const parsed = parseContractFile(root, place.file);
    policies.judge(place, parsed);
    return findInvalid(parsed);
  });
  return { invalid, policies: policies.verdict() };
}

function findInvalid(parsed: ParsedContract): Finding[] {
  return hasErrors(parsed.findings) ? [...parsed.findings] : [...parsed.findings, ...checkProduct(parsed)];
}

/**
 * Contracts that were changed after others could rely on them, under the version they were published as.
 * @param inReview products whose changeset will raise the version when it is released
 */
export function findRepublished(
  root: string,
  contracts: readonly ProductContractFile[],
  inReview: ReadonlySet<string>,
): Finding[] {
  return contracts.flatMap(({ file, domain, product }) => {
    if (inReview.has(`${domain}/${product}`)) return [];
    const { contract, locate } = parseContractFile(root, file);
    const published = `contracts/published/${domain}/${product}/${contract?.version}.odcs.yaml`;
    if (!existsSync(path.join(root, published))) return [];
    if (readContractText(root, published) === readContractText(root, file)) return [];
    return {
      rule: "contract/published-is-final",
      severity: "error",
      file,
      ...locate(["version"]),
      path: "version",
      message: `${domain}/${product} ${contract?.version} is already published, with other content`,
      hint: `Say what it changes: mesh contract changeset ${domain}/${product}. To see the difference: git diff --no-index ${published} ${file}`,
    };
  });
}

/** Row types that are not what their contract says. */
export async function findGenerated(root: string, contracts: readonly ProductContractFile[]): Promise<Finding[]> {
  const files = await Promise.all(contracts.map(({ file }) => generateProduct(root, file, { check: true })));
  return files
    .filter(({ state }) => state === "stale")
    .map(({ file }) => ({
      rule: "generated-stale",
      severity: "error",
      ...wholeFile(file),
      message: "The file is not what its contract generates",
      hint: "npm run generate",
    }));
}

/** Products that lie in a domain's folder, and that its descriptor does not name: they never run. */
export function findUnlisted(domains: readonly Domain[], contracts: readonly ProductContractFile[]): Finding[] {
  return contracts.flatMap(({ file, domain: name, product }) => {
    const domain = domains.find((candidate) => candidate.name === name);
    if (domain === undefined || domain.products.some((entry) => entry.name === product)) return [];
    return {
      rule: "product-unlisted",
      severity: "warning",
      ...wholeFile(file),
      message: `domain.ts of ${name} does not name ${product}, so it is neither run nor served`,
      hint: `Add { name: "${product}" } to \`products\`, or delete the folder.`,
    };
  });
}

function wholeFile(file: string): Pick<Finding, "file" | "line" | "column" | "path"> {
  return { file, line: 1, column: 1, path: "" };
}
