import { type Agreement, isFor } from "@thoth/access/agreement";
import { stateOfAgreement } from "@thoth/access/agreements/agreement-state";
import { nearest } from "@thoth/contract/spelling";
import { agreementJson, agreementRow } from "../agreement-text.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { knownAgreements } from "../known-agreements.ts";
import { localPerson } from "../local-person.ts";
import { namedProducts } from "../named-products.ts";
import { loadSettings } from "../settings.ts";
import { parseProductTarget } from "../target.ts";
import { formatTable } from "../text-table.ts";
import { parseRoles } from "../written-pairs.ts";

export const accessList: Command = {
  name: "mesh access list",
  summary: "List who may read what, for which purpose, until when, and what was asked for.",
  usage: "",
  options: {
    product: { type: "string", value: "<domain/product>", description: "Of one product." },
    consumer: { type: "string", value: "<consumer>", description: "For one consumer: ada, service:…, role:…" },
    mine: {
      type: "boolean",
      description: "For you by name or by a --role, and what you asked for; for somebody else with --as.",
    },
    as: { type: "string", value: "<name>", description: "With --mine: who you are; your user name when left out." },
    role: { type: "string", value: "<role>", multiple: true, description: "With --mine: a role that you hold." },
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
    ["mesh access list --mine --as ada --role tutor", "what ada may read, for what and until when"],
    ["mesh access list --due --json", "what should be looked at again, for a program"],
  ],
  run: list,
};

async function list(input: CommandInput, effects: Effects): Promise<number> {
  const settings = await loadSettings(effects.cwd, effects.env);
  const now = effects.now();
  const product = input.text("product");
  const target = product === undefined ? undefined : parseProductTarget(accessList, product);
  const isTheirs = ownership(input);
  const known = await knownAgreements(settings, effects, { withEnded: input.flag("all") });
  const shown = known.filter((one) => isTheirs(one) && isShown(one, input, now));
  if (shown.length === 0 && target !== undefined) await namedProducts(settings.root, target);
  if (input.json)
    effects.out(
      `${JSON.stringify(
        shown.map((one) => agreementJson(one, now)),
        null,
        2,
      )}\n`,
    );
  else if (shown.length === 0) effects.out(`There is no such agreement${guess(input.text("consumer"), known)}\n`);
  else effects.out(`${formatTable(shown.map((one) => agreementRow(one, now)))}\n`);
  return 0;
}

/** @throws MeshError `cli/usage` */
function ownership(input: CommandInput): (agreement: Agreement) => boolean {
  const [name, roles] = [input.text("as"), parseRoles(accessList, input.texts("role"))];
  if (!input.flag("mine")) {
    if (name === undefined && roles.length === 0) return () => true;
    throw usage(accessList, "--as and --role say who you are: they go with --mine");
  }
  const me = { ...localPerson(name), roles };
  return (agreement) => isFor(agreement, me) || agreement.requestedBy === me.name;
}

function guess(consumer: string | undefined, known: readonly Agreement[]): string {
  const names = [...new Set(known.map((one) => one.consumer))];
  const meant = consumer === undefined || names.includes(consumer) ? undefined : nearest(consumer, names);
  return meant === undefined ? "" : `. Did you mean ${meant}?`;
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
