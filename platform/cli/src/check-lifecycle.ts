import { existsSync } from "node:fs";
import path from "node:path";
import type { ProductContractFile } from "@thoth/contract/contract-files";
import { councilFile, readCouncil } from "@thoth/contract/council/read-council";
import type { Finding } from "@thoth/contract/finding";
import { reportBrownOuts } from "@thoth/contract/lifecycle/brown-out-days";
import { describePreviousMajor, describeRetiredMajors, previousMajors } from "@thoth/contract/lifecycle/previous-major";
import { showDate } from "@thoth/contract/lifecycle/written-date";
import type { ProductModel } from "@thoth/contract/product-model";
import { describeContractFile, parseContractFile } from "@thoth/contract/read-contract-file";

/**
 * Major versions that are taken away before the day until which they were promised, and those of which no day is known.
 * @param now epoch ms
 */
export function findEarlyEnds(root: string, own: readonly ProductContractFile[], now: number): Finding[] {
  return own.flatMap(({ file }) => {
    const current = describeContractFile(root, file);
    const majors = previousMajors(root, current.id).filter((major) => major < current.major);
    const served = majors.map((major) => describePreviousMajor(root, current, major));
    return [
      ...describeRetiredMajors(root, current).flatMap((old) => endedEarly(current, old, now)),
      ...served.flatMap((old) => withoutEnd(current, old)),
    ];
  });
}

/**
 * What is switched off for a while earlier than the council allows; nothing where there is no council.
 * @throws MeshError `contract/council-invalid`
 */
export function findBrownOuts(root: string, own: readonly ProductContractFile[]): Finding[] {
  if (!existsSync(path.join(root, councilFile))) return [];
  const { brownOutDays } = readCouncil(root);
  return own.flatMap(({ file }) => reportBrownOuts(parseContractFile(root, file), brownOutDays));
}

function endedEarly(current: ProductModel, old: ProductModel, now: number): Finding[] {
  const until = old.deprecation?.until;
  if (until === undefined || until <= now) return [];
  const folder = current.file.slice(0, current.file.lastIndexOf("/"));
  const message = `${old.id} ${old.version} is promised until ${showDate(until)}, and nothing serves it any more`;
  const hint = `Put ${folder}/previous/v${old.major}.sql back, a SELECT that makes it from version ${current.version}.`;
  return [{ ...finding(current), rule: "lifecycle-ended-early", severity: "error", message, hint }];
}

function withoutEnd(current: ProductModel, old: ProductModel): Finding[] {
  if (old.deprecation?.until !== undefined) return [];
  const message = `Nobody has been told until when ${old.id} ${old.version} is served`;
  const hint = `Add to the contract's customProperties: { property: previousMajors, value: [{ major: ${old.major}, deprecatedSince: …, endOfSupport: … }] }.`;
  return [{ ...finding(current), rule: "lifecycle-no-end", severity: "warning", message, hint }];
}

function finding({ file }: ProductModel) {
  return { file, line: 1, column: 1, path: "" };
}
