import { existsSync } from "node:fs";
import path from "node:path";
import { checkProduct } from "@thoth/contract/check-product";
import type { ContractFile, ProductContractFile } from "@thoth/contract/contract-files";
import { type Finding, hasErrors } from "@thoth/contract/finding";
import { generateProduct } from "@thoth/contract/generate-product";
import { parseContractFile, readContractText } from "@thoth/contract/read-contract-file";
import type { Domain } from "@thoth/pipeline/domain";

/** What breaks the standard, or what this mesh asks beyond it. */
export function findInvalid(root: string, contracts: readonly ContractFile[]): Finding[] {
  return contracts.flatMap(({ file }) => {
    const parsed = parseContractFile(root, file);
    return hasErrors(parsed.findings) ? parsed.findings : [...parsed.findings, ...checkProduct(parsed)];
  });
}

/** Contracts that were changed after others could rely on them, under the version they were published as. */
export function findRepublished(root: string, contracts: readonly ProductContractFile[]): Finding[] {
  return contracts.flatMap(({ file, domain, product }) => {
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
      hint: `Raise \`version\`. To see the difference: git diff --no-index ${published} ${file}`,
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
