import type { PastSnapshot } from "@thoth/control/snapshot-pointers";
import { askDesk, hasControl } from "../ask-desk.ts";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { isoTime } from "../iso-times.ts";
import { namedProducts } from "../named-products.ts";
import { loadSettings } from "../settings.ts";
import { parseTarget } from "../target.ts";
import { formatTable } from "../text-table.ts";

export const snapshots: Command = {
  name: "mesh snapshots",
  summary: "Show the published states of products that are kept: what can be asked, and gone back to.",
  usage: "[domain[/product]]",
  details:
    "The newest first; `*` marks what is served now. mesh sql --snapshot and --at ask older ones, mesh rollback serves one " +
    "again.",
  options: {},
  positionals: [0, 1],
  examples: [
    ["mesh snapshots ontrack-learning/units", "the states of one product"],
    ["mesh snapshots --json", "all of them, for programs"],
  ],
  run: show,
};

async function show(input: CommandInput, effects: Effects): Promise<number> {
  const [name] = input.positionals;
  const target = name === undefined ? undefined : parseTarget(snapshots, name);
  const { domain, product } = target ?? {};
  const settings = await loadSettings(effects.cwd, effects.env);
  if (!hasControl(settings)) throw cliError["not-published"](undefined);
  const { kept } = await askDesk({ name: "snapshots", argument: [] }, effects);
  const shown = kept.filter(
    (one) => (domain === undefined || one.domain === domain) && (product === undefined || one.product === product),
  );
  if (shown.length === 0) {
    await namedProducts(settings.root, target);
    throw noneOf(name, kept);
  }
  effects.out(`${input.json ? JSON.stringify(shown.map(plain), null, 2) : formatTable(shown.map(line))}\n`);
  return 0;
}

function noneOf(name: string | undefined, kept: readonly PastSnapshot[]): Error {
  if (name === undefined || kept.length === 0) return cliError["not-published"](undefined);
  return cliError["never-published"]({ name });
}

function nameOf({ domain, product }: PastSnapshot): string {
  return `${domain}/${product}`;
}

function line(one: PastSnapshot) {
  return {
    now: one.current ? "*" : "",
    product: nameOf(one),
    snapshot: one.id,
    published: isoTime(one.publishedAt),
    rows: one.rowCount,
    contract: one.contractVersion,
    run: one.runId,
  };
}

function plain(one: PastSnapshot) {
  const { id, contractVersion, rowCount, sizeBytes, watermark, runId, current } = one;
  return {
    product: nameOf(one),
    id,
    publishedAt: isoTime(one.publishedAt),
    rowCount,
    sizeBytes,
    contractVersion,
    watermark: watermark === null ? null : isoTime(watermark),
    runId,
    current,
  };
}
