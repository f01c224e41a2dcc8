import { findContracts } from "@thoth/contract/contract-files";
import type { QualityQuestion, QualityReport } from "@thoth/pipeline/quality/read-quality";
import { askDesk, hasControl } from "../ask-desk.ts";
import { type Command, usage } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { qualityJson, qualityText } from "../quality-text.ts";
import { loadSettings } from "../settings.ts";
import { parseTarget } from "../target.ts";

export const quality: Command = {
  name: "mesh quality",
  summary: "Show what the newest audits found, by dimension, and what else is known of the quality of data.",
  usage: "[domain[/product]]",
  details:
    "Rejected rows are shown to whoever can read this home, and to nobody else; values of confidential columns are covered\n" +
    "unless --unmask is given. docs/quality.md tells what is checked, and what becomes of rows that fail.",
  options: {
    run: { type: "string", value: "<run-id>", description: "Of one run, and not of the newest." },
    rejected: { type: "boolean", description: "The rows that were held back, with everything that they broke." },
    profile: { type: "boolean", description: "What the values of every column are like." },
    history: { type: "boolean", description: "What failed in all runs that are remembered, newest first." },
    unmask: { type: "boolean", description: "Show confidential values of rejected rows." },
    limit: { type: "string", value: "<n>", description: "Rows or results at most; 50 unless given." },
  },
  positionals: [0, 1],
  examples: [
    ["mesh quality", "every product"],
    ["mesh quality ontrack-learning/units --profile", "one product, and what its columns are like"],
    ["mesh quality ontrack-learning --rejected", "rows that were held back"],
    ["mesh quality splashkit-usage --history --json", "what failed before, for programs"],
  ],
  run: showQuality,
};

async function showQuality(input: CommandInput, effects: Effects): Promise<number> {
  const question = parseQuestion(input);
  const settings = await loadSettings(effects.cwd, effects.env);
  await requireKnown(question, settings.root);
  const report = hasControl(settings) ? await askDesk({ name: "quality", argument: question }, effects) : nothing;
  if (input.json) effects.out(`${JSON.stringify(qualityJson(report, question), null, 2)}\n`);
  else effects.out(`${qualityText(report, question)}\n`);
  return 0;
}

/** @throws MeshError `cli/unknown-domain`, `cli/unknown-product` */
async function requireKnown({ domain, product }: QualityQuestion, root: string): Promise<void> {
  const products = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const known = products.map((each) => `${each.domain}/${each.product}`);
  const domains = [...new Set(products.map((each) => each.domain))];
  if (domain !== undefined && !domains.includes(domain))
    throw cliError["unknown-domain"]({ name: domain, known: domains });
  if (product !== undefined && !known.includes(`${domain}/${product}`))
    throw cliError["unknown-product"]({ name: `${domain}/${product}`, known });
}

const nothing: QualityReport = { results: [], profiles: [], rejected: [] };

/** @throws MeshError `cli/usage` */
function parseQuestion(input: CommandInput): QualityQuestion {
  const [target] = input.positionals;
  const runId = input.text("run");
  const [rejected, unmask] = [input.flag("rejected"), input.flag("unmask")];
  if (unmask && !rejected) throw usage(quality, "--unmask is about rejected rows: add --rejected");
  return {
    ...(target !== undefined && parseTarget(quality, target)),
    ...(runId !== undefined && { runId }),
    ...(input.flag("history") && { history: true }),
    ...(input.flag("profile") && { profile: true }),
    ...(rejected && { rejected: unmask ? "whole" : "masked" }),
    limit: input.wholeNumber("limit", { min: 1, max: 100_000 }) ?? 50,
  };
}
