import { answerAccess } from "@thoth/access/agreements/access-desk";
import { type ChangeEnforcer, ProjectedFiles } from "@thoth/access/agreements/projected-files";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import { readDeadJobs } from "@thoth/control/job-queue-tables";
import type { ControlPlane } from "@thoth/control/open-control";
import { openJobQueue } from "@thoth/control/open-job-queue";
import { openPauses } from "@thoth/control/pauses";
import type { RunLedger } from "@thoth/control/run-ledger";
import { openSnapshotPointers } from "@thoth/control/snapshot-pointers";
import type { Clock } from "@thoth/kernel/clock";
import type { Domain } from "@thoth/pipeline/domain";
import { pipelineError } from "@thoth/pipeline/errors";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import { scheduledTargets } from "@thoth/pipeline/orchestrate/targets";
import { triggeredByEvent } from "@thoth/pipeline/orchestrate/triggered-by";
import { readQuality } from "@thoth/pipeline/quality/read-quality";
import { parseTarget } from "@thoth/pipeline/select-jobs";
import { accessRules } from "./access-rules.ts";
import type { DeskAnswer, DeskCall, KeptSnapshots } from "./desk-call.ts";
import { tellStory } from "./run-story.ts";
import { listSchedules } from "./schedule-lines.ts";
import { answerWebhooks } from "./webhooks/answer-webhooks.ts";

/** What the desk works with; domains are loaded when a call is about them. */
export interface Desk {
  readonly control: ControlPlane;
  readonly ledger: RunLedger;
  readonly clock: Clock;
  readonly home: MeshHome;
  readonly domains: () => Promise<readonly Domain[]>;
  /** Folder of mesh.config.ts. */
  readonly root: string;
  readonly audit: Pick<AuditTrail, "recorded">;
  /** Of a process that keeps the files of agreements and keys; without it they are written here. */
  readonly projection?: ChangeEnforcer;
}

/** @throws MeshError `control/unknown-run`, `pipeline/unknown-target`, `pipeline/unknown-event`, `pipeline/event-is-target` */
export async function answerDesk<Call extends DeskCall>(call: Call, desk: Desk): Promise<DeskAnswer<Call>> {
  return (await answer(call, desk)) as DeskAnswer<Call>;
}

async function answer(call: DeskCall, desk: Desk): Promise<DeskAnswer<DeskCall>> {
  const { control } = desk;
  switch (call.name) {
    case "story":
      return tellStory(call.argument, desk);
    case "dead":
      return readDeadJobs(control);
    case "quality":
      return readQuality(call.argument, desk);
    case "revive":
      return { sent: await withQueue(control, (queue) => queue.revive(call.argument)) };
    case "schedules":
      return listSchedules(await desk.domains(), desk);
    case "pause":
      parseTarget(await desk.domains(), call.argument);
      return { changed: await openPauses(control, desk.clock).pause(call.argument) };
    case "resume":
      parseTarget(await desk.domains(), call.argument);
      return resume(call.argument, desk);
    case "fire":
      return fire(call.argument, desk);
    case "snapshots":
      return keptSnapshots(call.argument, desk);
    case "webhook":
      return answerWebhooks(call.argument, { ...desk, home: desk.home.home });
    case "access":
      return answerAccess(call.argument, {
        control,
        projection: desk.projection ?? new ProjectedFiles(control, desk.home.home),
        clock: desk.clock,
        rules: async () => accessRules(desk.root, await desk.domains()),
        audit: (entry) => desk.audit.recorded(entry),
      });
    default:
      return call satisfies never;
  }
}

async function keptSnapshots(instants: readonly number[], { control, clock }: Desk): Promise<KeptSnapshots> {
  const pointers = openSnapshotPointers(control, clock);
  const served = await Promise.all(instants.map((instant) => pointers.servedAt(instant)));
  return { kept: await pointers.kept(), served };
}

async function resume(target: string, { control, clock }: Desk) {
  const held = await withQueue(control, (queue) =>
    openPauses(control, clock).resume(target, (request, handle) => queue.send(request, { handle })),
  );
  return { changed: held !== undefined, sent: (held ?? []).map((request) => request.target) };
}

async function fire(event: string, { control, domains: load }: Desk) {
  const domains = await load();
  const requests = triggeredByEvent(event, domains);
  if (requests.length === 0) throw unknownEvent(event, domains);
  await withQueue(control, async (queue) => {
    for (const request of requests) await queue.send(request);
  });
  return { sent: requests.map(({ target }) => target) };
}

function unknownEvent(event: string, domains: readonly Domain[]) {
  const known = [...new Set(scheduledTargets(domains).flatMap(({ schedule }) => schedule.onEvent ?? []))];
  const targets = domains.flatMap(({ name, products }) => [
    name,
    ...products.map((product) => `${name}/${product.name}`),
  ]);
  if (!targets.includes(event)) return pipelineError["unknown-event"]({ event, known });
  return pipelineError["event-is-target"]({ target: event, kind: event.includes("/") ? "product" : "domain", known });
}

async function withQueue<Result>(
  control: ControlPlane,
  work: (queue: Awaited<ReturnType<typeof openJobQueue>>) => Promise<Result>,
): Promise<Result> {
  await using queue = await openJobQueue(control, { role: "send", onTrouble: () => undefined });
  return await work(queue);
}
