import type { DataContract } from "../generated/odcs.ts";
import { concludeDiff } from "./conclude-diff.ts";
import type { ContractDiff } from "./contract-diff.ts";
import type { DiffOptions } from "./diff-rule.ts";
import { findChanges } from "./find-changes.ts";

/**
 * What the second contract changes for those who rely on the first. Elements are the same by id, then by name. What is
 * inside of something new is new with it.
 */
export function diffContracts(before: DataContract, after: DataContract, options: DiffOptions = {}): ContractDiff {
  const version = { before: before.version, after: after.version };
  return concludeDiff(findChanges({ before, after, options }), { profile: options.profile ?? "reader", version });
}
