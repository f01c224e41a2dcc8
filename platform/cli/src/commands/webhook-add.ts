import { askDesk } from "../ask-desk.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { localAccount } from "../local-person.ts";
import { consumerProblem } from "../webhooks/told-consumer.ts";

export const webhookAdd: Command = {
  name: "mesh webhook add",
  summary: "Tell an address whenever a product is published.",
  usage: "<url> <domain/product>",
  details:
    "Sends a CloudEvent that is signed as Standard Webhooks says. The secret is shown once, here. Each delivery asks anew\n" +
    "whether the consumer may read the product, and mesh up makes it; docs/streams.md says more.",
  options: {
    for: {
      type: "string",
      value: "<consumer>",
      description: "Whose right to read counts: a name, or service:<name> as its keys allow; you when left out.",
    },
    purpose: { type: "string", value: "<purpose>", description: "Only under an agreement for it: learning-research." },
    "allow-private": { type: "boolean", description: "The address may be http, and of this machine or network." },
  },
  positionals: [2, 2],
  examples: [
    ["mesh webhook add https://portal.example.edu/mesh ontrack-learning/units", "whenever units is published"],
    ["mesh webhook add http://127.0.0.1:9000/ ontrack-learning/units --allow-private", "to a program beside it"],
  ],
  run: add,
};

async function add(input: CommandInput, effects: Effects): Promise<number> {
  const [url = "", product = ""] = input.positionals;
  const account = localAccount();
  const consumer = input.text("for") ?? account;
  const problem = consumerProblem(consumer);
  if (problem !== undefined) throw usage(webhookAdd, `--for ${consumer} cannot be told: ${problem}`);
  const webhook = {
    url,
    product,
    purpose: input.text("purpose") ?? null,
    consumer,
    allowPrivate: input.flag("allow-private"),
    createdBy: account,
  };
  const answer = await askDesk({ name: "webhook", argument: { do: "add", webhook } }, effects);
  if (answer.did !== "add") throw new Error("an added webhook has an id");
  const { id, secret } = answer;
  if (input.json) effects.out(`${JSON.stringify({ id, secret })}\n`);
  else effects.out(`${id} is told of ${product} at ${url}\nIts secret, which is shown this once: ${secret}\n`);
  return 0;
}
