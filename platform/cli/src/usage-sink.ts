import type { UsageSink } from "@thoth/contract/impact/read-count";
import type { ControlPlane } from "@thoth/control/open-control";
import { openUsageFile } from "@thoth/control/usage-files";
import type { Clock } from "@thoth/kernel/clock";
import type { MeshHome } from "@thoth/pipeline/mesh-home";
import type { Settings } from "./settings.ts";

/**
 * Where a process that does not own the home brings who read what: to the control plane's server when there is one, and
 * otherwise to a file, which the owner takes in.
 */
export function openUsageSink({ controlUrl }: Settings, home: MeshHome, clock: Clock): UsageSink & AsyncDisposable {
  return controlUrl === undefined ? openUsageFile(home.usageDir, clock) : openServerSink(controlUrl, clock);
}

/** Connects when there is something to save. */
function openServerSink(url: string, clock: Clock): UsageSink & AsyncDisposable {
  let control: ControlPlane | undefined;
  return {
    save: async (batch) => {
      const [{ openControl }, { openUsageStore }] = await Promise.all([
        import("@thoth/control/open-control"),
        import("@thoth/control/usage-store"),
      ]);
      control ??= await openControl({ url });
      await openUsageStore(control, clock).save(batch);
    },
    [Symbol.asyncDispose]: async () => control?.[Symbol.asyncDispose](),
  };
}
