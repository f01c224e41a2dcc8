import { askDesk } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { localAccount } from "../local-person.ts";

export const webhookRemove: Command = {
  name: "mesh webhook remove",
  summary: "Tell an address no more.",
  usage: "<id>",
  details: "What waits for it is dropped too.",
  options: {},
  positionals: [1, 1],
  examples: [["mesh webhook remove wh_1f0c33aa90", "an id that mesh webhook list shows"]],
  run: remove,
};

export const webhookRetry: Command = {
  name: "mesh webhook retry",
  summary: "Send again what was given up or waits, at once.",
  usage: "<id>",
  details: "Use it when the receiver is back. A receiver may get a message twice; its webhook-id is the same then.",
  options: {},
  positionals: [1, 1],
  examples: [["mesh webhook retry wh_1f0c33aa90", "an id that mesh webhook list shows"]],
  run: retry,
};

async function remove({ positionals: [id = ""], json }: CommandInput, effects: Effects): Promise<number> {
  await askDesk({ name: "webhook", argument: { do: "remove", id, removedBy: localAccount() } }, effects);
  effects.out(json ? `${JSON.stringify({ id, removed: true })}\n` : `${id} is removed\n`);
  return 0;
}

async function retry({ positionals: [id = ""], json }: CommandInput, effects: Effects): Promise<number> {
  const answer = await askDesk({ name: "webhook", argument: { do: "retry", id } }, effects);
  const deliveries = answer.did === "retry" ? answer.deliveries : 0;
  if (json) effects.out(`${JSON.stringify({ id, deliveries })}\n`);
  else
    effects.out(deliveries === 0 ? "nothing waits or was given up\n" : `${countOf(deliveries, "message")} to send\n`);
  return 0;
}
