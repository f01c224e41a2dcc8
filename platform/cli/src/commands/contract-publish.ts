import { requireReview } from "@thoth/contract/changeset/require-review";
import { findContracts } from "@thoth/contract/contract-files";
import { type PublishedContract, publishContract } from "@thoth/contract/publish-contract";
import type { Command } from "../command.ts";
import type { CommandInput } from "../command-input.ts";
import type { Effects } from "../effects.ts";
import { cliError } from "../errors.ts";
import { loadSettings } from "../settings.ts";

export const contractPublish: Command = {
  name: "mesh contract publish",
  summary: "Copy product contracts to contracts/published, where others rely on them.",
  usage: "[domain/product …]",
  details:
    "Without a name, all of them. A published version never changes. A first version, and one that only mends words, is\n" +
    "published at once; any other goes through mesh contract changeset and the council.",
  options: {},
  positionals: [0, 100],
  examples: [["mesh contract publish ontrack-learning/units", "publish the version that the contract declares"]],
  run: publish,
};

async function publish({ positionals, json }: CommandInput, effects: Effects): Promise<number> {
  const { root } = await loadSettings(effects.cwd, effects.env);
  const contracts = (await findContracts(root)).filter((entry) => entry.kind === "product");
  const known = contracts.map(({ domain, product }) => `${domain}/${product}`);
  const missing = positionals.find((name) => !known.includes(name));
  if (missing !== undefined) throw cliError["unknown-product"]({ name: missing, known });
  const wanted = contracts.filter(
    ({ domain, product }) => positionals.length === 0 || positionals.includes(`${domain}/${product}`),
  );
  for (const place of wanted) requireReview(root, place);
  const published: PublishedContract[] = wanted.map(({ file }) => publishContract(root, file, effects.now()));
  if (json) effects.out(`${JSON.stringify(published, null, 2)}\n`);
  else effects.out(published.map(describe).join(""));
  return 0;
}

function describe({ file, written }: PublishedContract): string {
  return `${written ? "published" : "unchanged"} ${file}\n`;
}
