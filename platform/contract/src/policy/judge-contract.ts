import type { ContractFile } from "../contract-files.ts";
import { type Finding, formatPath } from "../finding.ts";
import type { ParsedContract } from "../parse-contract.ts";
import type { CompiledPolicy } from "./compile-policy.ts";
import { columnAt } from "./policy-elements.ts";

/** A finding of a policy, with what waivers go by. */
export interface PolicyFinding {
  readonly finding: Finding;
  readonly policy: string;
  /** `domain/product` */
  readonly product: string;
  /** The column it is about; undefined when it is about the product. */
  readonly column: string | undefined;
}

/**
 * Holds one contract against all policies.
 * @param now epoch ms
 * @returns nothing for a text that is no contract: that is told by whoever parsed it
 */
export function judgeContract(
  policies: readonly CompiledPolicy[],
  { contract, file, locate }: ParsedContract,
  { place, now }: { readonly place: ContractFile; readonly now: number },
): PolicyFinding[] {
  if (contract === undefined) return [];
  const final = place.kind === "published";
  const product = `${place.domain}/${place.product}`;
  return policies
    .filter(({ policy }) => !final || policy.published === true)
    .flatMap(({ policy, judge }) =>
      judge(contract, now).map(({ path, message, hint }) => ({
        policy: policy.id,
        product,
        column: columnAt(contract, path),
        finding: {
          rule: `policy/${policy.id}`,
          // what is published cannot be corrected any more
          severity: final && policy.severity === "error" ? ("warning" as const) : policy.severity,
          file,
          ...locate(path),
          path: formatPath(path),
          message,
          hint,
        },
      })),
    );
}

/** File by file, in reading order within each; rules of one policy may point at the same place. */
export function inFileOrder(findings: readonly Finding[]): Finding[] {
  const files = [...new Set(findings.map(({ file }) => file))];
  const rank = new Map(files.map((file, index) => [file, index]));
  const fileOf = ({ file }: Finding) => rank.get(file) ?? 0;
  return findings.toSorted((a, b) => fileOf(a) - fileOf(b) || a.line - b.line || a.column - b.column);
}
