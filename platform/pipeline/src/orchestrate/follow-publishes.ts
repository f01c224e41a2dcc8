import type { JobQueue, JobRequest } from "@thoth/control/job-queue";
import { type Following, openPublishMarks, type PublishToFollow } from "@thoth/control/publish-marks";
import type { Run } from "@thoth/control/run";
import type { RunLedger } from "@thoth/control/run-ledger";
import type { Domain } from "../domain.ts";
import type { Mesh } from "../mesh.ts";
import { scheduledTargets } from "./targets.ts";

export interface FollowOptions {
  /** Epoch ms; at once when absent. */
  readonly startAfter?: number;
}

type FollowSources = Pick<Mesh, "control" | "domains" | "ledger">;

/**
 * Sends what starts with a publish, each target once for all that it waits for, with the publishing run as its parent. It
 * goes by where the pointers have moved to, not by what a run says when it ends: whoever published may have died since.
 * A rollback is followed like a publish: what is read has become another one.
 * @param open asked for the queue when there is something to send
 */
export async function followPublishes(
  { control, domains, ledger }: FollowSources,
  open: () => Promise<Pick<JobQueue, "send">>,
  { startAfter }: FollowOptions = {},
): Promise<void> {
  const followings = followingsOf(domains);
  if (followings.length === 0) return;
  const moved = await openPublishMarks(control).toFollow(followings);
  for (const [target, publishes] of Map.groupBy(moved, (publish) => publish.target)) {
    const reading = await readingSince(target, publishes, { ledger, domains });
    // What it comes to is not known yet: the publish is looked at again.
    if (reading === "under way") continue;
    const queue = reading === "done" ? undefined : await open();
    await control.transaction(async (handle) => {
      const marks = openPublishMarks(handle);
      const mine: PublishToFollow[] = [];
      for (const publish of publishes) if (await marks.advance(publish)) mine.push(publish);
      if (mine.length === 0) return;
      await queue?.send(requestFor(target, mine), { handle, ...(startAfter !== undefined && { startAfter }) });
    });
  }
}

function followingsOf(domains: readonly Domain[]): Following[] {
  return scheduledTargets(domains).flatMap(({ target, schedule }) =>
    (schedule.onPublish ?? []).map((id) => {
      const [domain = "", product = ""] = id.split("/");
      return { target, domain, product };
    }),
  );
}

function requestFor(target: string, publishes: readonly PublishToFollow[]): JobRequest {
  const parentRunId = publishes.find(({ runId }) => runId !== undefined)?.runId;
  return { target, trigger: "event", attempt: 1, ...(parentRunId !== undefined && { parentRunId }) };
}

/** What the products of a target have come to that began to run behind the last of these publishes, and so have read it. */
async function readingSince(
  target: string,
  publishes: readonly PublishToFollow[],
  { ledger, domains }: { readonly ledger: Pick<RunLedger, "list">; readonly domains: readonly Domain[] },
): Promise<"done" | "under way" | "missing"> {
  const since = Math.max(...publishes.map(({ movedAt }) => movedAt)) + 1;
  let reading: "done" | "under way" = "done";
  for (const { domain, product } of productsOf(target, domains)) {
    const runs = await ledger.list({ domain, product, since, limit: 20 });
    const statuses = runs.filter(({ pipeline }) => pipeline.startsWith("product/")).map(({ status }) => status);
    if (statuses.some((status) => hasRead.has(status))) continue;
    if (!statuses.includes("running")) return "missing";
    reading = "under way";
  }
  return reading;
}

/** What was skipped or cut off has not. */
const hasRead: ReadonlySet<Run["status"]> = new Set(["success", "partial", "failed"]);

function productsOf(target: string, domains: readonly Domain[]): { domain: string; product: string }[] {
  const [domain = "", only] = target.split("/");
  const products = domains.find(({ name }) => name === domain)?.products ?? [];
  return products
    .filter(({ name }) => only === undefined || name === only)
    .map(({ name }) => ({ domain, product: name }));
}
