import type { UsageSink } from "@thoth/contract/impact/read-count";
import { UsageIntake } from "@thoth/control/usage-files";
import { openUsageStore, type UsageFilter, type UsageReport } from "@thoth/control/usage-store";
import type { Mesh } from "@thoth/pipeline/mesh";
import type { ServerLog } from "@thoth/subgraph/served-graph";
import { SerialQueue } from "@thoth/warehouse/serial-queue";

/** Keeps who read what in the control plane that this process owns. */
export interface UsageKeeper extends UsageSink, AsyncDisposable {
  /** With everything that was counted so far, here and by processes that leave files. */
  report(filter: UsageFilter): Promise<UsageReport>;
}

/** Time between two looks for files that other processes left, milliseconds. */
const intakeEveryMs = 60_000;

export function keepUsage(
  { control, home, clock }: Pick<Mesh, "control" | "home" | "clock">,
  log: ServerLog,
): UsageKeeper {
  const store = openUsageStore(control, clock);
  const onDamage = (file: string) => log.error("a line of who read what cannot be read; it is left out", { file });
  const intake = new UsageIntake(home.usageDir, store, { clock, onDamage });
  const queue = new SerialQueue();
  const takeIn = () =>
    queue
      .run(() => intake.takeIn())
      .catch((failure) => log.error("who read what elsewhere cannot be taken in", { error: String(failure) }));
  const flushes: (() => Promise<void>)[] = [];
  const timer = setInterval(takeIn, intakeEveryMs).unref();
  void takeIn();
  return {
    save: async (batch) => void (await store.save(batch)),
    follow: (flush) => void flushes.push(flush),
    report: async (filter) => {
      await Promise.all([takeIn(), ...flushes.map((flush) => flush())]);
      return store.report(filter);
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await takeIn();
    },
  };
}
