import type { AuditEntry } from "@thoth/access/audit/audit-entry";
import type { AuditTrail } from "@thoth/access/audit/audit-trail";
import type { ConsumerKind } from "@thoth/contract/impact/read-count";
import type { UsageRecorder } from "./usage-recorder.ts";

/** The trail for ports that are not GraphQL; undefined when neither reads are written down nor uses counted. */
export function trailOfPorts(
  trail: AuditTrail | undefined,
  usage: Pick<UsageRecorder, "recordRead"> | undefined,
): AuditTrail | undefined {
  return usage === undefined ? trail : countedTrail(trail ?? nowhere, usage);
}

const nowhere: AuditTrail = {
  record: () => undefined,
  recorded: async () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

/**
 * A trail whose reads count as uses too, for ports that tell it all there is to know of them. A read counts at its end,
 * and one that was refused does not.
 */
function countedTrail(trail: AuditTrail, usage: Pick<UsageRecorder, "recordRead">): AuditTrail {
  return {
    record(entry) {
      count(entry, usage);
      trail.record(entry);
    },
    async recorded(entry) {
      await trail.recorded(entry);
      count(entry, usage);
    },
    [Symbol.asyncDispose]: () => trail[Symbol.asyncDispose](),
  };
}

function count(entry: AuditEntry, { recordRead }: Pick<UsageRecorder, "recordRead">): void {
  if (entry.event !== "read" || entry.outcome !== "allowed") return;
  const { at: hour, product, version, columns, actor, purpose, port } = entry;
  const consumer = { consumer: actor.name, kind: actor.kind as ConsumerKind, domain: actor.domain };
  recordRead({ hour, product, version, columns, ...consumer, purpose: purpose ?? undefined, port });
}
