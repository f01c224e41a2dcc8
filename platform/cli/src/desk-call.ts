import { type AccessAnswer, type AccessCall, isAccessCall } from "@thoth/access/agreements/access-call";
import type { DeadJob } from "@thoth/control/job-queue";
import type { QualityResult } from "@thoth/control/quality-record";
import type { Run } from "@thoth/control/run";
import type { LogLine } from "@thoth/control/run-log";
import type { PastSnapshot } from "@thoth/control/snapshot-pointers";
import type { QualityQuestion, QualityReport } from "@thoth/pipeline/quality/read-quality";
import { isWebhookCall, type WebhookAnswer, type WebhookCall } from "./webhooks/webhook-call.ts";

/** What is asked of the control plane, by whichever process has it. */
export type DeskCall =
  | { readonly name: "story"; readonly argument: string }
  | { readonly name: "dead" }
  | { readonly name: "quality"; readonly argument: QualityQuestion }
  | { readonly name: "revive"; readonly argument: string }
  | { readonly name: "schedules" }
  | { readonly name: "pause"; readonly argument: string }
  | { readonly name: "resume"; readonly argument: string }
  | { readonly name: "fire"; readonly argument: string }
  | { readonly name: "access"; readonly argument: AccessCall }
  | { readonly name: "webhook"; readonly argument: WebhookCall }
  /** Instants, epoch ms. */
  | { readonly name: "snapshots"; readonly argument: readonly number[] };

interface DeskAnswers {
  readonly story: RunStory;
  readonly dead: readonly DeadJob[];
  readonly quality: QualityReport;
  readonly revive: { readonly sent: boolean };
  readonly schedules: readonly ScheduleLine[];
  readonly pause: { readonly changed: boolean };
  /** `sent`: what had come due meanwhile. */
  readonly resume: { readonly changed: boolean; readonly sent: readonly string[] };
  readonly fire: { readonly sent: readonly string[] };
  readonly snapshots: KeptSnapshots;
  readonly access: AccessAnswer<AccessCall>;
  readonly webhook: WebhookAnswer;
}

/** What can be gone back to, and what every product served at each of the instants asked for. */
export interface KeptSnapshots {
  readonly kept: readonly PastSnapshot[];
  readonly served: readonly (readonly PastSnapshot[])[];
}

export type DeskAnswer<Call extends DeskCall> = DeskAnswers[Call["name"]];

/** Everything that is known of one run. */
export interface RunStory {
  readonly run: Run;
  /** The jobs of a domain's run, in the order they were begun. */
  readonly steps: readonly Run[];
  readonly log: readonly LogLine[];
  /** What became of each promise, anomaly and comparison that the run judged. */
  readonly checks: readonly QualityResult[];
  /** Products that were read, and the snapshots they were read at. */
  readonly inputs: readonly { readonly product: string; readonly snapshot: string }[];
  /** From this run to the one that failed first; empty when nothing failed. */
  readonly causes: readonly Run[];
  /** Runs that this one led to, by what it published. */
  readonly triggered: readonly Run[];
}

/** One thing that starts by itself. Times are epoch ms. */
export interface ScheduleLine {
  readonly target: string;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly next: readonly number[];
  readonly onPublish: readonly string[];
  readonly onEvent: readonly string[];
  readonly pausedSince: number | null;
  readonly waiting: { readonly trigger: string; readonly attempt: number; readonly from: number } | null;
  readonly active: boolean;
  /** Why nobody tries it any more; null when somebody does, or need not. */
  readonly givenUp: string | null;
}

const names: ReadonlySet<unknown> = new Set(["story", "revive", "pause", "resume", "fire"]);

export function isDeskCall(value: unknown): value is DeskCall {
  if (typeof value !== "object" || value === null) return false;
  const { name, argument } = value as Record<string, unknown>;
  if (name === "dead" || name === "schedules") return true;
  if (name === "access") return isAccessCall(argument);
  if (name === "webhook") return isWebhookCall(argument);
  if (name === "quality") return isQualityQuestion(argument);
  if (name === "snapshots") return Array.isArray(argument) && argument.every(Number.isFinite) && argument.length <= 100;
  return names.has(name) && typeof argument === "string";
}

function isQualityQuestion(value: unknown): value is QualityQuestion {
  if (typeof value !== "object" || value === null) return false;
  const { domain, product, runId, history, profile, rejected, limit } = value as Record<string, unknown>;
  return (
    [domain, product, runId].every((text) => text === undefined || typeof text === "string") &&
    [history, profile].every((flag) => flag === undefined || typeof flag === "boolean") &&
    [undefined, "masked", "whole"].some((way) => way === rejected) &&
    Number.isInteger(limit) &&
    Number(limit) > 0
  );
}
