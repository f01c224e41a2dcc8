import type { Agreement } from "@thoth/access/agreement";
import { stateOfAgreement } from "@thoth/access/agreements/agreement-state";
import { agreementJson, agreementRow } from "../agreement-text.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { knownAgreements } from "../known-agreements.ts";
import { namedProducts } from "../named-products.ts";
import { loadSettings } from "../settings.ts";
import { parseProductTarget } from "../target.ts";
import { formatTable } from "../text-table.ts";

export const accessList: Command = {
  name: "mesh access list",
  summary: "List who may read what, for which purpose, until when, and what was asked for.",
  usage: "",
  options: {
    product: { type: "string", value: "<domain/product>", description: "Of one product." },
    consumer: { type: "string", value: "<consumer>", description: "Of one consumer: ada, service:…, role:…" },
    requested: { type: "boolean", description: "Only what waits for an answer." },
    due: {
      type: "boolean",
      description: "Only what should be looked at again: keep it by mesh access grant, or revoke it.",
    },
    all: { type: "boolean", description: "What has ended, too." },
  },
  positionals: [0, 0],
  examples: [
    ["mesh access list --requested", "what waits for an answer"],
    ["mesh access list --due --json", "what should be looked at again, for a program"],
  ],
  run: list,
};

async function list(input: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const now = effects.now();
  const product = input.text("product");
  const target = product === undefined ? undefined : parseProductTarget(accessList, product);
  const shown = (await knownAgreements(settings, effects)).filter((one) => isShown(one, input, now));
  if (shown.length === 0 && target !== undefined) await namedProducts(settings.root, target);
  if (input.json)
    effects.out(
      `${JSON.stringify(
        shown.map((one) => agreementJson(one, now)),
        null,
        2,
      )}\n`,
    );
  else if (shown.length === 0) effects.out("There is no such agreement\n");
  else effects.out(`${formatTable(shown.map((one) => agreementRow(one, now)))}\n`);
  return 0;
}

function isShown(agreement: Agreement, input: CommandInput, now: number): boolean {
  const state = stateOfAgreement(agreement, now);
  const [product, consumer] = [input.text("product"), input.text("consumer")];
  if (product !== undefined && product !== agreement.product) return false;
  if (consumer !== undefined && consumer !== agreement.consumer) return false;
  if (input.flag("requested") && state !== "requested") return false;
  if (input.flag("due") && state !== "due") return false;
  return input.flag("all") || ["requested", "to come", "in force", "due"].includes(state);
}
