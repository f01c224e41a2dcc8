import { describeAgreement } from "@thoth/access/agreements/agreement-document";
import { accessError } from "@thoth/access/errors";
import { accessRules } from "../access-rules.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { knownAgreements } from "../known-agreements.ts";
import { loadDomains } from "../load-domains.ts";
import { loadSettings, type Settings } from "../settings.ts";

export const accessExport: Command = {
  name: "mesh access export",
  summary: "Write agreements as AccessAgreement documents, for other tools.",
  usage: "[id]",
  details: "One document, or all of them: YAML, one after another; with --json one document or a list.",
  options: {},
  positionals: [0, 1],
  examples: [
    ["mesh access export ag_1f0c33aa90", "one agreement as YAML"],
    ["mesh access export --json", "all of them for a program"],
  ],
  run: write,
};

async function write(input: CommandInput, effects: Effects): Promise<number> {
  const [id] = input.positionals;
  const settings = await loadSettings(effects.cwd, effects.env);
  const rules = accessRules(settings.root, await loadDomains(settings));
  const chosen = await chosenAgreements(id, settings, effects);
  if (id !== undefined && chosen.length === 0) throw accessError["agreement-unknown"]({ id });
  const documents = chosen.map((one) =>
    describeAgreement(one, {
      terms: rules.products.find(({ model }) => model.id === one.product && model.major === one.major),
      purposeTitle: rules.purposes.find((purpose) => purpose.id === one.purpose)?.title,
    }),
  );
  if (input.json) effects.out(`${JSON.stringify(id === undefined ? documents : documents[0], null, 2)}\n`);
  else {
    const { yamlText } = await import("@thoth/contract/export/yaml-text");
    effects.out(documents.map((document) => yamlText(document)).join("---\n"));
  }
  return 0;
}

/** One that counts is in the files; only for others the control plane has to be asked. */
async function chosenAgreements(id: string | undefined, settings: Settings, effects: Effects) {
  if (id === undefined) return knownAgreements(settings, effects, { withEnded: true });
  const named = async (withEnded: boolean) =>
    (await knownAgreements(settings, effects, { withEnded })).filter((one) => one.id === id);
  const found = await named(false);
  return found.length > 0 ? found : named(true);
}
