import { findContracts } from "@thoth/contract/contract-files";
import { judgeLifecycle, type Lifecycle, type LifecycleElement, quietDays } from "@thoth/contract/lifecycle/lifecycle";
import { lifecycleText, plainLifecycle } from "@thoth/contract/lifecycle/lifecycle-text";
import { repositoryElements } from "@thoth/contract/lifecycle/repository-elements";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { readUsage } from "../observed-usage.ts";
import { loadSettings, type Settings } from "../settings.ts";
import { parseTarget, type Target } from "../target.ts";

export const lifecycle: Command = {
  name: "mesh lifecycle",
  summary: "Show what is on its way out: since when, until when, and what keeps it from being retired.",
  usage: "[domain[/product]]",
  details:
    "Versions of products and columns that their contracts announce to end. Nothing can be retired before its day, while\n" +
    `somebody has read it in the last ${quietDays} days, or while an agreement about it is active. docs/deprecation.md tells how.`,
  options: {},
  positionals: [0, 1],
  examples: [
    ["mesh lifecycle", "everything that is deprecated or gone"],
    ["mesh lifecycle ontrack-learning/units --json", "one product, for programs"],
  ],
  run: showLifecycles,
};

const dayMs = 86_400_000;

async function showLifecycles(input: CommandInput, effects: Effects): Promise<number> {
  const [name] = input.positionals;
  const settings = await loadSettings(effects.cwd, effects.env);
  const target = name === undefined ? undefined : await requireKnown(settings.root, name);
  const elements = (await repositoryElements(settings.root)).filter(({ product }) => isMeant(product, name));
  const lifecycles = elements.length === 0 ? [] : await judgeAll(elements, { settings, effects, target });
  if (input.json) effects.out(`${JSON.stringify({ elements: lifecycles.map(plainLifecycle) }, null, 2)}\n`);
  else effects.out(`${describe(lifecycles, name)}\n`);
  return 0;
}

/** @throws MeshError `cli/unknown-product`, `cli/unknown-domain` */
async function requireKnown(root: string, name: string): Promise<Target> {
  const target = parseTarget(lifecycle, name);
  const contracts = (await findContracts(root)).filter(({ kind }) => kind === "product");
  const known = contracts.map(({ domain, product }) => `${domain}/${product}`);
  if (known.some((product) => isMeant(product, name))) return target;
  if (target.product !== undefined) throw cliError["unknown-product"]({ name, known });
  throw cliError["unknown-domain"]({ name, known: [...new Set(contracts.map(({ domain }) => domain))] });
}

function isMeant(product: string, name: string | undefined): boolean {
  return name === undefined || product === name || product.startsWith(`${name}/`);
}

interface Judging {
  readonly settings: Settings;
  readonly effects: Effects;
  readonly target: Target | undefined;
}

async function judgeAll(
  elements: readonly LifecycleElement[],
  { settings, effects, target }: Judging,
): Promise<Lifecycle[]> {
  const now = effects.now();
  const since = now - (quietDays + 1) * dayMs;
  const { uses, countedSince } = await readUsage({ since, ...target }, settings, effects);
  return elements.map((element) => judgeLifecycle(element, { now, uses, countedSince, agreements: [] }));
}

function describe(lifecycles: readonly Lifecycle[], name: string | undefined): string {
  if (lifecycles.length > 0) return lifecycles.map(lifecycleText).join("\n");
  return `Nothing ${name === undefined ? "" : `of ${name} `}is on its way out.`;
}
