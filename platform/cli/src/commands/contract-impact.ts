import { findContracts } from "@thoth/contract/contract-files";
import { diffProduct, diffRepository, type RepositoryDiff } from "@thoth/contract/diff/product-diff";
import { defaultDays, type Impact } from "@thoth/contract/impact/impact";
import { impactText } from "@thoth/contract/impact/impact-text";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { isoTimes } from "../iso-times.ts";
import { observedImpact } from "../observed-impact.ts";
import { loadSettings } from "../settings.ts";

export const contractImpact: Command = {
  name: "mesh contract impact",
  summary: "Say whom the changes of a contract reach: who reads it, and what is made from it.",
  usage: "[domain/product]",
  details:
    "Compares contracts with what is published of them, as mesh contract diff does, and looks up who has read each\n" +
    "element that changes. Without a name, all products that differ from theirs. docs/impact.md says what is counted.",
  options: {
    days: { type: "string", value: "<n>", description: `How far back to look; ${defaultDays} when left out.` },
  },
  positionals: [0, 1],
  examples: [
    ["mesh contract impact", "all products that change"],
    ["mesh contract impact ontrack-learning/units --days 30", "one product, by what was read in 30 days"],
    ["mesh contract impact --json", "for programs"],
  ],
  run: showImpact,
};

async function showImpact(input: CommandInput, effects: Effects): Promise<number> {
  const days = input.wholeNumber("days", { min: 1, max: 400 }) ?? defaultDays;
  const settings = await loadSettings(effects.cwd, effects.env);
  const [name] = input.positionals;
  const changes =
    name === undefined
      ? await diffRepository(settings.root, { now: effects.now() })
      : await diffOne(settings.root, name, effects.now());
  const impacts = await observedImpact(changes.products, { settings, effects, days });
  const { unpublished } = changes;
  if (input.json) effects.out(`${JSON.stringify({ products: impacts, unpublished }, isoTimes, 2)}\n`);
  else effects.out(`${describe(changes, impacts, name)}\n`);
  return 0;
}

async function diffOne(root: string, product: string, now: number): Promise<RepositoryDiff> {
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const known = contracts.map((contract) => `${contract.domain}/${contract.product}`);
  if (!known.includes(product)) throw cliError["unknown-product"]({ name: product, known });
  const changed = diffProduct(root, product, { now });
  return { products: changed.diff.diffs.length === 0 ? [] : [changed], unpublished: [] };
}

function describe(
  { products, unpublished }: RepositoryDiff,
  impacts: readonly Impact[],
  name: string | undefined,
): string {
  const texts = products.flatMap(({ diff }, index) => {
    const impact = impacts[index];
    return impact === undefined ? [] : [impactText(impact, diff)];
  });
  const news = unpublished.map((product) => `${product} has not been published yet, so nobody can have read it`);
  const same = `${name ?? "Every published product"} is as its contract says, so nobody is affected`;
  return [...texts, ...news, ...(products.length === 0 ? [same] : [])].join("\n\n");
}
