import { judgeRelease } from "@thoth/contract/changeset/judge-release";
import type { ReleaseOptions } from "@thoth/contract/changeset/product-change";
import { parseReview, reviewFile, reviewNames } from "@thoth/contract/council/read-review";
import type { Finding } from "@thoth/contract/finding";
import { readContractText } from "@thoth/contract/read-contract-file";
import { findMeshError } from "@thoth/kernel/error-chain";
import { findBrokenMappings } from "./check-mappings.ts";
import { releaseOptions } from "./release-options.ts";

export interface ReleaseCheck {
  /** Epoch ms. */
  readonly now: number;
  /** Whether this is the gate before a release; otherwise findings are advice for whoever is still at work. */
  readonly gate: boolean;
}

/** What stands against releasing the contracts as they are. */
export async function findUnreleasable(root: string, { now, gate }: ReleaseCheck): Promise<Finding[]> {
  const findings = await judge(root, now);
  return gate ? findings : findings.map((finding) => ({ ...finding, severity: "warning" }));
}

async function judgeAll(root: string, options: ReleaseOptions): Promise<Finding[]> {
  const findings = await judgeRelease(root, options);
  const readable = readAll(root).every(({ document }) => document !== undefined);
  // where reviews cannot be read, neither can what they are about
  return readable ? [...findings, ...(await findBrokenMappings(root, options))] : findings;
}

function readAll(root: string): ReturnType<typeof parseReview>[] {
  return reviewNames(root).map((name) => parseReview(readContractText(root, reviewFile(name)), reviewFile(name)));
}

/** What keeps everything else from being judged is a finding as well. */
async function judge(root: string, now: number): Promise<Finding[]> {
  try {
    return await judgeAll(root, releaseOptions(now));
  } catch (failure) {
    const error = findMeshError(failure);
    if (error === undefined) throw failure;
    const { code, message, hint, at } = error;
    const place = { file: at?.file ?? "contracts", line: at?.line ?? 1, column: at?.column ?? 1, path: at?.path ?? "" };
    return [{ rule: code, severity: "error", ...place, message, hint }];
  }
}

/** Products that an open changeset speaks of: their contracts may differ from what is published under the same version. */
export function productsInReview(root: string): ReadonlySet<string> {
  const open = readAll(root).filter(({ document }) => document !== undefined && document.review.released === undefined);
  return new Set(open.flatMap(({ document }) => document?.review.products.map(({ product }) => product) ?? []));
}

/** Without what an earlier part has said of the same place. */
export function withoutSaid(findings: readonly Finding[], said: readonly Finding[]): Finding[] {
  const places = new Set(said.map(placeOf));
  return findings.filter((finding) => !places.has(placeOf(finding)));
}

function placeOf({ file, line, column }: Finding): string {
  return `${file}:${line}:${column}`;
}
