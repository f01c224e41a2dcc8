import type { RunFilter } from "@thoth/control/run-ledger";
import type { UsageFilter } from "@thoth/control/usage-store";
import type { Place } from "@thoth/kernel/mesh-error";
import { partitionSizes } from "@thoth/pipeline/orchestrate/partitions";
import type { Backfill, ToldPlan } from "@thoth/pipeline/orchestrate/run-backfill";
import type { RunProgress } from "@thoth/pipeline/run-mesh";
import { type DeskCall, isDeskCall } from "./desk-call.ts";
import type { RunTarget } from "./operations.ts";
import type { RollBackTarget } from "./roll-back.ts";

/** Where the process that owns a mesh takes commands from the CLI of the same user. */
export const operatorPath = "/operator/command";

export type OperatorCommand =
  | ({ readonly command: "run" } & RunTarget)
  | { readonly command: "runs"; readonly filter: RunFilter }
  | { readonly command: "usage"; readonly filter: UsageFilter }
  | { readonly command: "desk"; readonly call: DeskCall }
  | ({ readonly command: "rollback" } & RollBackTarget);

/** One line of the answer; `result` or `failure` is the last. */
export type OperatorMessage =
  | { readonly kind: "waiting" }
  | { readonly kind: "planned"; readonly plan: ToldPlan }
  | { readonly kind: "progress"; readonly event: RunProgress }
  | { readonly kind: "result"; readonly result: unknown }
  | {
      readonly kind: "failure";
      readonly code: string;
      readonly message: string;
      readonly hint: string;
      readonly at?: Place;
    };

/** @returns undefined for what is no command */
export function parseOperatorCommand(text: string): OperatorCommand | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof given !== "object" || given === null) return undefined;
  const { command, only, full, filter, domain, product, snapshot, call, backfill } = given as Record<string, unknown>;
  if (command === "run" && isTextOrAbsent(only) && typeof full === "boolean" && isBackfillOrAbsent(backfill))
    return { command, full, ...(only === undefined ? {} : { only }), ...(backfill === undefined ? {} : { backfill }) };
  if (command === "runs" && isFilter(filter)) return { command, filter };
  if (command === "usage" && isUsageFilter(filter)) return { command, filter };
  if (command === "desk" && isDeskCall(call)) return { command, call };
  if (command === "rollback" && typeof domain === "string" && typeof product === "string" && isTextOrAbsent(snapshot))
    return { command, domain, product, ...(snapshot === undefined ? {} : { snapshot }) };
  return undefined;
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

function isBackfillOrAbsent(value: unknown): value is Backfill | undefined {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  const { range, by } = value as Record<string, unknown>;
  return typeof range === "string" && partitionSizes.some((size) => size === by);
}

function isUsageFilter(value: unknown): value is UsageFilter {
  if (typeof value !== "object" || value === null) return false;
  const { since, domain, product } = value as Record<string, unknown>;
  return Number.isFinite(since) && isTextOrAbsent(domain) && isTextOrAbsent(product);
}

function isFilter(value: unknown): value is RunFilter {
  if (typeof value !== "object" || value === null) return false;
  const { limit, since, ...texts } = value as Record<string, unknown>;
  return (
    (limit === undefined || (Number.isInteger(limit) && Number(limit) > 0)) &&
    (since === undefined || Number.isFinite(since)) &&
    Object.values(texts).every(isTextOrAbsent)
  );
}
