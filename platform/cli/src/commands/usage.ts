import { defaultDays, type ObservedUse } from "@thoth/contract/impact/impact";
import type { UsageReport } from "@thoth/control/usage-store";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import { countOf } from "../count-text.ts";
import type { Effects } from "../effects.ts";
import { isoTimes } from "../iso-times.ts";
import { namedProducts } from "../named-products.ts";
import { readUsage } from "../observed-usage.ts";
import { loadSettings } from "../settings.ts";
import { parseTarget, type Target } from "../target.ts";
import { formatTable } from "../text-table.ts";

export const usage: Command = {
  name: "mesh usage",
  summary: "Show who reads which products, and of one product, which columns.",
  usage: "[domain[/product]]",
  details:
    "Consumers are named as their credentials were verified. What is counted, and what is not, is in docs/impact.md.",
  options: {
    days: { type: "string", value: "<n>", description: `How far back to look; ${defaultDays} when left out.` },
  },
  positionals: [0, 1],
  examples: [
    ["mesh usage", "every product: who reads it, and which nobody reads"],
    ["mesh usage ontrack-learning/units --days 7", "the columns of one product in a week"],
    ["mesh usage splashkit-usage --json", "one domain, for programs"],
  ],
  run: showUsage,
};

const dayMs = 86_400_000;

async function showUsage(input: CommandInput, effects: Effects): Promise<number> {
  const days = input.wholeNumber("days", { min: 1, max: 400 }) ?? defaultDays;
  const [name] = input.positionals;
  const target = name === undefined ? undefined : parseTarget(usage, name);
  const settings = await loadSettings(effects.cwd, effects.env);
  const products = await namedProducts(settings.root, target);
  const since = effects.now() - days * dayMs;
  const report = await readUsage({ since, ...target }, settings, effects);
  if (input.json) effects.out(`${JSON.stringify(report, isoTimes, 2)}\n`);
  else effects.out(`${describe(report, { products, target, since, period: countOf(days, "day") })}\n`);
  return 0;
}

interface Asked {
  readonly products: readonly string[];
  readonly target: Target | undefined;
  readonly since: number;
  readonly period: string;
}

/** Columns are shown of one product only. */
function describe({ uses, countedSince }: UsageReport, { products, target, since, period }: Asked): string {
  const shown = uses.filter(({ column }) => column === undefined || target?.product !== undefined);
  const unread = products.filter((id) => !uses.some(({ product }) => product === id));
  const known =
    countedSince > since ? `; uses are counted since ${new Date(countedSince).toISOString().slice(0, 10)}` : "";
  return [
    ...(shown.length === 0 ? [] : [formatTable(shown.map((use) => rowOf(use, target)))]),
    ...(unread.length === 0 ? [] : [[`Nobody has read in ${period}${known}:`, ...unread].join("\n  ")]),
  ].join("\n\n");
}

function rowOf(
  { product, version, column, consumer, domain, port, purpose, reads, lastReadAt }: ObservedUse,
  target?: Target,
) {
  return {
    product,
    version,
    ...(target?.product !== undefined && { column: column ?? "(the product)" }),
    consumer,
    domain: domain ?? "",
    port: port ?? "",
    purpose: purpose ?? "",
    times: reads,
    "last read": `${new Date(lastReadAt).toISOString().slice(0, 13).replace("T", " ")}h`,
  };
}
