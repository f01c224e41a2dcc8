import { existsSync } from "node:fs";
import type { UsageFilter, UsageReport } from "@thoth/control/usage-store";
import { meshHome } from "@thoth/pipeline/mesh-home";
import type { Effects } from "./effects.ts";
import { findOperator } from "./operator-client.ts";
import { createServerLog } from "./server-log.ts";
import type { Settings } from "./settings.ts";

/**
 * Who read what: asks the process that serves this home when there is one, and otherwise looks itself.
 * @throws MeshError `control/home-in-use` while a process that cannot be asked owns the home
 */
export async function readUsage(filter: UsageFilter, settings: Settings, effects: Effects): Promise<UsageReport> {
  const operator = findOperator(settings.home);
  return operator === undefined ? readHere(filter, settings, effects) : operator.usage(filter, effects);
}

async function readHere(filter: UsageFilter, settings: Settings, effects: Effects): Promise<UsageReport> {
  const home = meshHome(settings.home);
  const { controlUrl } = settings;
  if (controlUrl === undefined && !existsSync(home.controlDir)) return { countedSince: effects.now(), uses: [] };
  const [{ openControl }, { lockHome }, { keepUsage }] = await Promise.all([
    import("@thoth/control/open-control"),
    import("@thoth/control/home-lock"),
    import("./usage-keeper.ts"),
  ]);
  using _lock = controlUrl === undefined ? lockHome(home.home, { now: effects.now(), pid: effects.pid }) : undefined;
  await using control = await openControl(
    controlUrl === undefined ? { dataDir: home.controlDir } : { url: controlUrl },
  );
  await using usage = keepUsage({ control, home, clock: effects.now }, createServerLog(effects));
  return await usage.report(filter);
}
