import { existsSync } from "node:fs";
import { meshHome } from "@thoth/pipeline/mesh-home";
import type { DeskAnswer, DeskCall } from "./desk-call.ts";
import type { Effects } from "./effects.ts";
import { findOperator } from "./operator-client.ts";
import { createServerLog } from "./server-log.ts";
import { loadSettings, type Settings } from "./settings.ts";

/** Asks the process that serves the home, or opens the control plane here when none does. */
export async function askDesk<Call extends DeskCall>(call: Call, effects: Effects): Promise<DeskAnswer<Call>> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const operator = findOperator(settings.home);
  return operator === undefined ? answerHere(call, settings, effects) : operator.desk(call, effects);
}

async function answerHere<Call extends DeskCall>(
  call: Call,
  settings: Settings,
  effects: Effects,
): Promise<DeskAnswer<Call>> {
  const [{ answerDesk }, { openLocalControl }, { openMeshAudit }, { openRunLedger }, { loadDomains }] =
    await Promise.all([
      import("./answer-desk.ts"),
      import("./local-control.ts"),
      import("./mesh-audit.ts"),
      import("@thoth/control/run-ledger"),
      import("./load-domains.ts"),
    ]);
  await using local = await openLocalControl(settings, effects);
  const { control } = local;
  const ledger = openRunLedger(control, effects.now);
  await using audit = openMeshAudit(settings, effects, createServerLog(effects));
  const { root } = settings;
  const home = meshHome(settings.home);
  const domains = () => loadDomains(settings);
  return await answerDesk(call, { control, ledger, clock: effects.now, home, domains, root, audit });
}

/** Whether anything could be known: a mesh that has never run has no store, and asking makes none. */
export function hasControl({ controlUrl, home }: Settings): boolean {
  return controlUrl !== undefined || existsSync(meshHome(home).controlDir);
}
