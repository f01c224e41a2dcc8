import type { WebhookStanding } from "@thoth/control/webhook-store";
import { askDesk, hasControl } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { isoTimes } from "../iso-times.ts";
import { loadSettings } from "../settings.ts";
import { shownText } from "../shown-text.ts";
import { formatTable } from "../text-table.ts";

export const webhookList: Command = {
  name: "mesh webhook list",
  summary: "Show who is told of publications, and what could not be delivered.",
  usage: "",
  details: "What was given up stands below the table, with the reason; mesh webhook retry sends it again.",
  options: {},
  positionals: [0, 0],
  examples: [["mesh webhook list", "addresses and how their deliveries stand"]],
  run: list,
};

async function list({ json }: CommandInput, effects: Effects): Promise<number> {
  const webhooks = await known(effects);
  if (json) effects.out(`${JSON.stringify(webhooks, isoTimes, 2)}\n`);
  else effects.out(`${webhooks.length === 0 ? "Nobody is told of publications." : describe(webhooks)}\n`);
  return 0;
}

async function known(effects: Effects): Promise<readonly WebhookStanding[]> {
  if (!hasControl(await loadSettings(effects.cwd, effects.env))) return [];
  const answer = await askDesk({ name: "webhook", argument: { do: "list" } }, effects);
  return answer.did === "list" ? answer.webhooks : [];
}

function describe(webhooks: readonly WebhookStanding[]): string {
  const rows = webhooks.map(({ id, url, domain, product, consumer, purpose, ...standing }) => ({
    id,
    product: `${domain}/${product}`,
    consumer,
    purpose: purpose ?? "",
    delivered: standing.delivered,
    waiting: standing.waiting,
    "given up": standing.dead.length,
    url,
  }));
  const troubles = webhooks.flatMap(({ id, problem, dead }) => [
    ...(problem === null ? [] : [shownText(`${id} waits: ${problem}`)]),
    ...dead.map((one) =>
      shownText(`${one.message} was given up after ${one.attempts}: ${one.problem} (snapshot ${one.snapshot})`),
    ),
  ]);
  return [formatTable(rows), ...(troubles.length === 0 ? [] : [troubles.join("\n")])].join("\n\n");
}
