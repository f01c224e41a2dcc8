import { findContracts } from "@thoth/contract/contract-files";
import { type RefusedEvent, readRefused } from "@thoth/ingest/collector/refused-events";
import { meshHome } from "@thoth/pipeline/mesh-home";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadSettings } from "../settings.ts";
import { formatTable } from "../text-table.ts";

export const collectorRefused: Command = {
  name: "mesh collector refused",
  summary: "Show events that the collector did not take, and why, newest first.",
  usage: "[domain]",
  details:
    "They are kept for a week, those of batches only: who sends a single event is told at once. Nothing is kept of an event\n" +
    "without consent or classified too high. --json shows the events themselves, as far as they may be kept.",
  options: {
    limit: { type: "string", value: "<n>", description: "Events at most; 50 unless given." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh collector refused", "of all domains, and of none"],
    ["mesh collector refused splashkit-usage --limit 5 --json", "the last five of one, with what they say"],
  ],
  run: showRefused,
};

async function showRefused(input: CommandInput, effects: Effects): Promise<number> {
  const [domain] = input.positionals;
  const limit = input.wholeNumber("limit", { min: 1, max: 100_000 }) ?? 50;
  const { root, home } = await loadSettings(effects.cwd, effects.env);
  if (domain !== undefined) await requireDomain(domain, root);
  const refused = await readRefused(meshHome(home).collectorDir, { domain, limit });
  if (input.json) effects.out(`${JSON.stringify(refused, null, 2)}\n`);
  else effects.out(refused.length === 0 ? "No event is on record as refused.\n" : `${formatTable(refused.map(row))}\n`);
  return 0;
}

function row({ refusedAt, domain, code, message, event }: RefusedEvent) {
  const { type, source, id } = event;
  return { refused: refusedAt.slice(0, 19).replace("T", " "), domain, code, type, source, id, why: message };
}

/** @throws MeshError `cli/unknown-domain` */
async function requireDomain(name: string, root: string): Promise<void> {
  const known = [...new Set((await findContracts(root)).map(({ domain }) => domain))];
  if (!known.includes(name)) throw cliError["unknown-domain"]({ name, known });
}
