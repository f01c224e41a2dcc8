import { type AuditTrail, openAuditTrail } from "@thoth/access/audit/audit-trail";
import { retireSegments } from "@thoth/access/audit/retire-segments";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import type { Effects } from "./effects.ts";
import type { Settings } from "./settings.ts";

/** The audit trail of this process. Nothing is opened before there is something to write. */
export function openMeshAudit({ home }: Settings, { now }: Pick<Effects, "now">, log: ServerLog): AuditTrail {
  return openAuditTrail({ home, clock: now, log });
}

const dayMs = 86_400_000;

/** Removes what is older than the settings keep, now and once a day, in the process that owns the home. */
export function keepAuditShort(
  { home, audit: { keptDays, archive } }: Pick<Settings, "home" | "audit">,
  { now }: Pick<Effects, "now">,
  log: ServerLog,
): Disposable {
  const retire = async () => {
    try {
      const removed = await retireSegments({ home, before: now() - keptDays * dayMs, archive });
      if (removed.length > 0) log.info("old segments of the audit trail were removed", { segments: removed.length });
    } catch (failure) {
      log.error("old segments of the audit trail cannot be removed", { error: String(failure) });
    }
  };
  const timer = setInterval(retire, dayMs).unref();
  void retire();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
