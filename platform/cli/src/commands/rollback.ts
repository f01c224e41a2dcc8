import type { Snapshot } from "@thoth/warehouse/snapshot";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { findOperator } from "../operator-client.ts";
import type { RollBackTarget } from "../roll-back.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { parseProductTarget } from "../target.ts";

export const rollback: Command = {
  name: "mesh rollback",
  summary: "Serve an older snapshot of a product again.",
  usage: "<domain/product> [snapshot]",
  details:
    "Nothing is computed, and readers swap at once. mesh snapshots lists what there is; without a snapshot id it is the " +
    "one before the current one. Where rows rest on people's consent, whoever is not known to agree now is left out. The " +
    "next run that finds something changed publishes anew.",
  options: {},
  positionals: [1, 2],
  examples: [["mesh rollback ontrack-learning/units", "back to the snapshot before"]],
  run: goBack,
};

async function goBack(input: CommandInput, effects: Effects): Promise<number> {
  const [name = "", id] = input.positionals;
  const target = { ...parseProductTarget(rollback, name), ...(id === undefined ? {} : { snapshot: id }) };
  const settings = await loadSettings(effects.cwd, effects.env);
  const operator = findOperator(settings.home);
  const snapshot =
    operator === undefined ? await rollBackHere(target, settings, effects) : await operator.rollBack(target, effects);
  if (input.json) effects.out(`${JSON.stringify(snapshot, null, 2)}\n`);
  else effects.out(describe(name, snapshot));
  return 0;
}

async function rollBackHere(target: RollBackTarget, settings: Settings, effects: Effects): Promise<Snapshot> {
  const [{ openMesh }, { rollBack }] = await Promise.all([import("../open-mesh.ts"), import("../roll-back.ts")]);
  await using mesh = await openMesh(settings, effects);
  return await rollBack(mesh, target, effects.signal);
}

function describe(product: string, { id, publishedAt, rowCount, restoredFrom }: Snapshot): string {
  if (restoredFrom !== undefined)
    return `${product} now serves what snapshot ${restoredFrom} held of people who agree now: ${countOf(rowCount, "row")}, as snapshot ${id}\n`;
  return `${product} now serves snapshot ${id} of ${new Date(publishedAt).toISOString()} with ${countOf(rowCount, "row")}\n`;
}
